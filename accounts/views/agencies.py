"""Agencies and the people invited to act for them."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import invitations
from accounts.access import DeskRequest, requires
from accounts.errors import DomainError
from accounts.forms import InviteForm
from accounts.models import Agency
from accounts.permissions import is_administrator

PAGE_SIZE = 40
MEMBERS_SHOWN = 100


@requires(is_administrator)
def agencies(request: DeskRequest) -> HttpResponse:
    """Every agency with how many people act for it; `cari` looks in both names."""
    words = request.GET.get("cari", "").strip()[:200]
    found = Agency.objects.annotate(people=Count("memberships")).order_by("name")
    if words:
        found = found.filter(Q(name__icontains=words) | Q(short_name__icontains=words))
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "words": words}
    return TemplateResponse(request, "accounts/agencies/agencies.html", context)


@requires(is_administrator)
def agency(request: DeskRequest, pk: int) -> HttpResponse:
    return _page(request, _fetch(pk), InviteForm())


@require_POST
@requires(is_administrator)
def invite(request: DeskRequest, pk: int) -> HttpResponse:
    """Invite by e-mail. If the mail cannot go out, nothing is saved."""
    found, form = _fetch(pk), InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    email, role = form.cleaned_data["email"], form.cleaned_data["role"]
    try:
        with transaction.atomic():
            member = found.invite(email, role=role, by=request.user)
            invitations.send(member)
    except DomainError as error:
        form.add_error("email", str(error))
    except OSError:
        form.add_error(
            None,
            _(
                "The mail server did not take the invitation, so nothing was changed."
                " Try again in a few minutes."
            ),
        )
    if form.errors:
        return _page(request, found, form)
    sent = _("The invitation was sent to %(email)s.") % {"email": member.user.email}
    messages.success(request, sent)
    return redirect("agencies:agency", found.pk)


def _fetch(pk: int) -> Agency:
    return get_object_or_404(Agency.objects.select_related("successor"), pk=pk)


def _page(request: DeskRequest, found: Agency, form: InviteForm) -> HttpResponse:
    members = found.memberships.select_related("user", "invited_by").order_by("-created_at")
    context = {
        "agency": found,
        "members": members[:MEMBERS_SHOWN],
        "form": form,
    }
    return TemplateResponse(request, "accounts/agencies/agency.html", context)
