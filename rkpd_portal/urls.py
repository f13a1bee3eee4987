"""The site map. A namespace, its views module, template folder and test file share one word."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, register_converter
from django.urls.converters import StringConverter
from django.views.decorators.csrf import csrf_exempt
from django.views.i18n import set_language

from accounts.views import agencies
from aspirations.views import following, listing, moderating, reading, sending
from consultations.views import drafting, record
from reports.views import overview, papers, reporting, results
from rkpd_portal import views


class CodeConverter(StringConverter):
    """The code of an aspiration, a report or a region; anything else is no page."""

    regex = r"[0-9A-Za-z.-]{1,20}"


register_converter(CodeConverter, "code")

# Reading the plan and what people said about it: everyone.
overview_urls = [
    path("", overview.consultations, name="consultations"),
    path("<slug:slug>/", overview.consultation, name="consultation"),
]
reading_urls = [
    path("<slug:slug>/bab/<int:number>/", reading.chapter, name="chapter"),
]
results_urls = [
    path("<slug:slug>/hasil/", results.outcome, name="outcome"),
]
listing_urls = [
    path("konsultasi/<slug:slug>/aspirasi/", listing.aspirations, name="aspirations"),
    path("aspirasi/lihat/<code:code>/", listing.aspiration, name="aspiration"),
]
# Sending an aspiration, and following it afterwards: everyone, with or without an account.
sending_urls = [
    path("<slug:slug>/bab/<int:number>/", sending.form, name="form"),
    path("tanda-terima/", sending.receipt, name="receipt"),
    path("wilayah/<code:code>/", sending.regions, name="regions"),
]
following_urls = [
    path("cek/", following.lookup, name="lookup"),
    path("saya/", following.mine, name="mine"),
    path("status/<code:code>/", following.status, name="status"),
    path("status/<code:code>/bukti.json", following.proof, name="proof"),
    path("status/<code:code>/lengkapi/", following.complete, name="complete"),
    path("status/<code:code>/tarik/", following.withdraw, name="withdraw"),
]
# The desk: planners.
moderating_urls = [
    path("", moderating.queue, name="queue"),
    path("<code:code>/", moderating.aspiration, name="aspiration"),
    path("<code:code>/telaah/", moderating.start_review, name="start_review"),
    path("<code:code>/loloskan/", moderating.accept, name="accept"),
    path("<code:code>/kembalikan/", moderating.return_, name="return"),
    path("<code:code>/tidak-loloskan/", moderating.refuse, name="refuse"),
    path("<code:code>/gabungkan/", moderating.merge, name="merge"),
    path("<code:code>/penanda/", moderating.tags, name="tags"),
    path("<code:code>/tanggapi/", moderating.respond, name="respond"),
    path("<code:code>/catatan/", moderating.note, name="note"),
    path("<code:code>/kirim-ulang/<int:pk>/", moderating.send_again, name="send_again"),
]
drafting_urls = [
    path("", drafting.cycles, name="cycles"),
    path("tahun/baru/", drafting.cycle_new, name="cycle_new"),
    path("tahun/<int:year>/", drafting.cycle, name="cycle"),
    path("tahun/<int:year>/konsultasi-baru/", drafting.consultation_new, name="consultation_new"),
    path("<slug:slug>/", drafting.consultation, name="consultation"),
    path("<slug:slug>/perpanjang/", drafting.extend, name="extend"),
    path("<slug:slug>/terbitkan/", drafting.publish_draft, name="publish_draft"),
    path("<slug:slug>/bab/<int:number>/", drafting.chapter, name="chapter"),
    path("<slug:slug>/bab/<int:number>/judul/", drafting.rename, name="rename"),
    path("<slug:slug>/bab/<int:number>/pratinjau/", drafting.preview, name="preview"),
    path(
        "<slug:slug>/bab/<int:number>/terbitkan/", drafting.publish_chapter, name="publish_chapter"
    ),
    path("<slug:slug>/bab/<int:number>/blok/baru/", drafting.block_new, name="block_new"),
    path("blok/<int:pk>/", drafting.block, name="block"),
    path("blok/<int:pk>/pindah/", drafting.block_move, name="block_move"),
    path("blok/<int:pk>/hapus/", drafting.block_remove, name="block_remove"),
    path("blok/<int:pk>/pulihkan/", drafting.block_restore, name="block_restore"),
]
# Reports: planners ask for them, officials release them.
reporting_urls = [
    path("", reporting.reports, name="reports"),
    path("susun/<slug:slug>/", reporting.request_reports, name="request"),
    path("<code:code>/", reporting.report, name="report"),
    path("<code:code>/ulangi/", reporting.retry, name="retry"),
    path("<code:code>/rilis/", reporting.release, name="release"),
]
# Papers that were released, and the check of a copy: everyone.
papers_urls = [
    path("laporan/", papers.released, name="released"),
    path("laporan/<code:code>/unduh/", papers.download, name="download"),
    path("v/<str:code>/", papers.verification, name="verification"),
]
# The record: what is proven, and the files with which anybody checks it: everyone.
record_urls = [
    path("", record.index, name="index"),
    path("verify.py", record.verifier, name="verifier"),
    path("<slug:slug>/", record.log, name="log"),
    path("<slug:slug>/akar.json", record.roots, name="roots"),
    path(
        "<slug:slug>/kesinambungan/<int:first>-<int:second>.json",
        record.consistency,
        name="consistency",
    ),
]
# Agencies and the people who act for them: the administrator.
agencies_urls = [
    path("", agencies.agencies, name="agencies"),
    path("<int:pk>/", agencies.agency, name="agency"),
    path("<int:pk>/undang/", agencies.invite, name="invite"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("privasi/", views.privacy, name="privacy"),
    # Without a token, so that a page is the same for every visitor; it only sets a cookie.
    path("bahasa/", csrf_exempt(set_language), name="set_language"),
    path("konsultasi/", include((overview_urls, "overview"))),
    path("konsultasi/", include((reading_urls, "reading"))),
    path("konsultasi/", include((results_urls, "results"))),
    path("", include((listing_urls, "listing"))),
    path("aspirasi/kirim/", include((sending_urls, "sending"))),
    path("aspirasi/", include((following_urls, "following"))),
    path("", include((papers_urls, "papers"))),
    path("bukti/", include((record_urls, "record"))),
    path("kelola/laporan/", include((reporting_urls, "reporting"))),
    path("kelola/", views.desk, name="desk"),
    path("kelola/aspirasi/", include((moderating_urls, "moderating"))),
    path("kelola/rencana/", include((drafting_urls, "drafting"))),
    path("kelola/instansi/", include((agencies_urls, "agencies"))),
    path("akun/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]
if not settings.PRODUCTION:
    urlpatterns.append(path("lokal/surat/", views.mailbox, name="mailbox"))

handler403 = "rkpd_portal.views.permission_denied"
handler429 = "rkpd_portal.views.too_many"
handler500 = "rkpd_portal.views.server_error"
