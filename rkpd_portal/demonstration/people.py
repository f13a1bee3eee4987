"""The demonstration's accounts and agencies."""

from accounts.models import Agency, User
from consultations.models import Region
from rkpd_portal.demonstration.cast import ACCOUNTS, PASSWORD, email_of

PROVINCIAL_AGENCIES = {
    "Dinas PUPR": "Dinas Pekerjaan Umum dan Penataan Ruang",
    "Dinas Pendidikan": "Dinas Pendidikan",
    "Dinas Kesehatan": "Dinas Kesehatan",
    "Dinas TPHP": "Dinas Tanaman Pangan, Hortikultura, dan Peternakan",
    "Dinas Ketahanan Pangan": "Dinas Ketahanan Pangan",
    "Dinas Perhubungan": "Dinas Perhubungan",
    "Diskominfosantik": "Dinas Komunikasi, Informatika, Persandian, dan Statistik",
    "Dinas PMD": "Dinas Pemberdayaan Masyarakat dan Desa",
    "Dispursip": "Dinas Perpustakaan dan Arsip",
    "Disnakertrans": "Dinas Tenaga Kerja dan Transmigrasi",
    "DKP": "Dinas Kelautan dan Perikanan",
    "Disbudpar": "Dinas Kebudayaan dan Pariwisata",
}


def account(short: str) -> User:
    return User.objects.get(email=email_of(short))


def create_accounts() -> None:
    for short, name, role in ACCOUNTS:
        User.objects.create_user(email_of(short), PASSWORD, confirmed=True, name=name, role=role)


def create_agencies() -> None:
    """The fourteen regional governments and some provincial agencies, with two members."""
    for region in Region.objects.regencies():
        Agency.objects.create(
            name=f"Pemerintah {region.name}",
            short_name=f"Pemkab {region.short_name}" if region.level == "regency" else "Pemko",
            kind=Agency.Kind.REGENCY,
            region_code=region.code,
        )
    for short, name in PROVINCIAL_AGENCIES.items():
        Agency.objects.create(
            name=f"{name} Provinsi Kalimantan Tengah", short_name=short, kind=Agency.Kind.PROVINCIAL
        )
    kapuas = Agency.objects.get(region_code="62.03")
    administrator = account("admin")
    for short, role in (("instansi.kapuas", "clerk"), ("kepala.kapuas", "head")):
        kapuas.invite(email_of(short), role=role, by=administrator)
