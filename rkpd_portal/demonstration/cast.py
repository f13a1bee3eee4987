"""Who plays in the demonstration: addresses, names, roles (`User.Role` values), one password."""

PASSWORD = "konsultasi-rkpd-2028"  # noqa: S105 (printed at every local start)
DOMAIN = "kalteng.example"
ACCOUNTS = (
    ("warga", "Siti Lestari Runtung", "resident"),
    ("operator", "Operator Lapangan Katingan", "field_operator"),
    ("instansi.kapuas", "Petugas Pemkab Kapuas", "resident"),
    ("kepala.kapuas", "Kepala Pemkab Kapuas", "resident"),
    ("perencana", "Perencana Contoh", "planner"),
    ("perencana.utama", "Perencana Utama Contoh", "lead_planner"),
    ("pejabat", "Pejabat Contoh", "official"),
    ("admin", "Administrator Contoh", "administrator"),
)


def email_of(short: str) -> str:
    return f"{short}@{DOMAIN}"


def accounts_table() -> str:
    """The accounts as lines of text for the console."""
    lines = [f"Demonstration accounts (password for all: {PASSWORD})"]
    memberships = {"instansi.kapuas": "Agency clerk", "kepala.kapuas": "Agency head"}
    for short, _name, role in ACCOUNTS:
        with_label = memberships.get(short) or role.replace("_", " ").capitalize()
        lines.append(f"  {with_label:<16} {email_of(short)}")
    return "\n".join(lines)
