// The desk: an answer that is not ours (a sign-in page, an error) never takes the place of what is
// typed. [data-not-saved] says so; whoever signed in again in another window then sends it anew.
const notice = document.querySelector("[data-not-saved]");

const isWriting = () =>
  document.querySelector('[data-dirty="yes"]') ||
  [...document.querySelectorAll("textarea")].some((field) => field.value !== field.defaultValue);

function failed() {
  notice.hidden = false;
  for (const form of document.querySelectorAll("[data-sent]")) delete form.dataset.sent;
}

document.addEventListener("htmx:configRequest", ({ detail }) => {
  notice.hidden = true;
  const token = document.cookie.match(/csrftoken=(\w+)/)?.[1]; // signing in made a new one
  if (!token || detail.verb === "get") return;
  detail.headers["X-CSRFToken"] = token;
  if (detail.formData.has("csrfmiddlewaretoken")) detail.formData.set("csrfmiddlewaretoken", token);
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, pathInfo, requestConfig } = event.detail;
  const answered = new URL(xhr.responseURL || location.href).pathname;
  if (answered === new URL(pathInfo.requestPath, location.href).pathname) return;
  event.detail.shouldSwap = false;
  if (requestConfig.verb === "get" && !isWriting()) location.reload();
  else failed();
});
for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"])
  document.addEventListener(failure, ({ detail }) => {
    const polls = detail.requestConfig?.verb === "get" && detail.elt?.hasAttribute("hx-trigger");
    if (!polls) failed(); // what asks every two seconds asks again
  });
