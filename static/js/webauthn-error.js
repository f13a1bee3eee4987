// When the device refuses a passkey, say so on the page instead of in the console.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.getElementById("webauthn-error").hidden = false;
});
