"""The floor's addresses and views: a constant page, a plain form, a bare INSERT."""

from django import forms
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template import RequestContext, Template
from django.urls import path

from bin.tools.bench.floor.models import Entry

PAGE = (b"<!doctype html><title>Floor</title>" + b"<p>Words of a page.</p>\n" * 1000)[:15_000]
FORM = '<!doctype html><form method="post">{% csrf_token %}{{ form }}<button>Send</button></form>'
INSERT = (
    "INSERT INTO floor_entry (quote, kind, body, suggested_wording, rationale, regency_id,"
    " district, village, stakeholder_group, display_name, organisation, position, contact_email,"
    " contact_phone, consent_publish, show_name, privacy) VALUES"
    " ('', %s, %s, '', '', %s, '', '', 'resident', %s, '', '', '', '', true, false, true)"
)


class EntryForm(forms.ModelForm):
    """Every field of the row."""

    class Meta:
        model = Entry
        fields = "__all__"  # noqa: DJ007 (all of them is what is measured)


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(PAGE)


def form(request: HttpRequest) -> HttpResponse:
    """Validate, insert, commit, redirect."""
    entry = EntryForm(request.POST or None)
    if request.method == "POST" and entry.is_valid():
        entry.save()
        return HttpResponseRedirect("/")
    return HttpResponse(Template(FORM).render(RequestContext(request, {"form": entry})))


def insert(request: HttpRequest) -> HttpResponse:
    """One row, whatever was sent."""
    given = [request.POST[name] for name in ("kind", "body", "regency", "display_name")]
    with connection.cursor() as cursor:
        cursor.execute(INSERT, given)
    return HttpResponseRedirect("/")


urlpatterns = [path("", page), path("form/", form), path("insert/", insert)]
