"""The look, as far as a machine can see it: contrast, tokens, icons and weight."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings

STATIC = Path(settings.BASE_DIR) / "static"
TEMPLATES = Path(settings.BASE_DIR) / "templates"
CSS = STATIC / "css"
SHEETS = ("resident", "desk")
# The PDF's sheet has pages of its own, in templates/reports/consultation.
PARTS = sorted(path for path in CSS.rglob("*.css") if path.stem not in (*SHEETS, "report"))

# Text, and what it stands on: at least 4.5 to 1 (WCAG 2.2, 1.4.3).
TEXT = (
    [
        (text, ground)
        for text in ("text", "muted", "link", "link-hover", "danger", "success", "info", "accent")
        for ground in ("paper", "surface", "sunken")
    ]
    + [
        ("on-primary", "primary"),
        ("on-primary", "primary-hover"),
        ("on-danger", "danger"),
        ("on-danger", "danger-hover"),
        ("on-accent", "accent-fill"),
        ("on-header", "header"),
        ("header-muted", "header"),
        ("text", "hover"),
        ("text", "selected"),
        ("muted", "hover"),
        ("muted", "selected"),
        ("link", "hover"),
        ("link", "selected"),
        ("link", "primary-soft"),
        ("link-hover", "primary-soft"),
        ("text", "primary-soft"),
        ("muted", "primary-soft"),
    ]
    + [
        (text, f"{kind}-soft")
        for kind in ("info", "success", "accent", "danger")
        for text in ("text", kind)
    ]
)
# Edges of controls, marks and the focus ring: at least 3 to 1 (1.4.11).
MARKS = [
    ("line-strong", "paper"),
    ("line-strong", "surface"),
    ("focus-edge", "focus"),
    ("primary", "surface"),
    ("danger", "surface"),
    ("chart", "surface"),
    ("accent-fill", "header"),
]


def is_foreign(path: Path) -> bool:
    """Whether a template has styles of its own: mails, and the pages of the PDF."""
    return path.relative_to(TEMPLATES).parts[:2] in {("reports", "consultation")} or (
        "email" in path.parts
    )


def tokens(theme: str) -> dict[str, str]:
    """Every custom property as it stands in the light or the dark theme."""
    css = re.sub(r"/\*.*?\*/", "", (STATIC / "css/tokens.css").read_text(), flags=re.DOTALL)
    light, dark = css.split("@media screen and (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--([\w-]+):\s*([^;]+);", light))
    if theme == "dark":
        found |= dict(re.findall(r"--([\w-]+):\s*([^;]+);", dark))
    return found


def colour(name: str, table: dict[str, str]) -> tuple[float, float, float]:
    value = table[name]
    while reference := re.fullmatch(r"var\(--([\w-]+)\)", value):
        value = table[reference.group(1)]
    assert re.fullmatch(r"#[0-9a-f]{6}", value), f"{name} is {value}"
    red, green, blue = (int(value[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def luminance(rgb: tuple[float, float, float]) -> float:
    """Relative luminance of WCAG 2.2."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str, theme: str) -> float:
    table = tokens(theme)
    lights = sorted(luminance(colour(f"color-{name}", table)) for name in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def test_contrast_is_computed_as_wcag_says() -> None:
    black, white = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)

    assert round((luminance(white) + 0.05) / (luminance(black) + 0.05), 2) == 21.0
    assert round(luminance((0x77 / 255, 0x77 / 255, 0x77 / 255)), 3) == 0.184


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read(theme: str) -> None:
    weak = {pair: round(contrast(*pair, theme), 2) for pair in TEXT}

    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_marks_can_be_seen(theme: str) -> None:
    weak = {pair: round(contrast(*pair, theme), 2) for pair in MARKS}

    assert {pair: ratio for pair, ratio in weak.items() if ratio < 3} == {}


def test_colours_stand_in_the_tokens_only() -> None:
    raw = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgba?|hsla?|oklch)\(")
    found = {
        f"{path.name}: {match.group()}"
        for path in CSS.rglob("*.css")
        if path.name != "tokens.css"
        for match in raw.finditer(path.read_text())
    }

    assert found == set()


def test_every_token_used_is_defined() -> None:
    known = {name for path in CSS.rglob("*.css") for name in _defined(path)}
    used = {
        (path.name, name)
        for path in CSS.rglob("*.css")
        for name in re.findall(r"var\(--([\w-]+)", path.read_text())
    }

    assert {pair for pair in used if pair[1] not in known} == set()


def _defined(path: Path) -> list[str]:
    return re.findall(r"--([\w-]+)\s*:", path.read_text())


def test_every_icon_named_in_a_template_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text()))
    use = re.compile(r'_icon\.html" with name="([\w-]+)"|\bicon="([\w-]+)"')
    named = {
        (path.name, first or second)
        for path in TEMPLATES.rglob("*.html")
        for first, second in use.findall(path.read_text())
    }

    assert len(named) > 20
    assert {pair for pair in named if pair[1] not in drawn} == set()


def test_templates_have_no_inline_style_or_handler() -> None:
    forbidden = re.compile(r"<style\b|\sstyle=|\son(?:click|submit|change|load|input)=")
    guilty = [
        str(path.relative_to(TEMPLATES))
        for path in TEMPLATES.rglob("*.html")
        if not is_foreign(path) and forbidden.search(path.read_text())
    ]

    assert guilty == []


def test_frame_of_a_resident_page_is_light() -> None:
    sheet = b"".join((CSS / part).read_bytes() for part in parts_of("resident"))
    files = [STATIC / "icons.svg", STATIC / "favicon.svg", STATIC / "js/menu.js"]
    weight = sum(len(gzip.compress(text, 6)) for text in [sheet, *(f.read_bytes() for f in files)])

    assert weight < 25_000


def test_scripts_of_ours_are_small() -> None:
    desk_only = {"block-editor.js"}
    weight = sum(
        len(gzip.compress(path.read_bytes(), 6))
        for path in (STATIC / "js").glob("*.js")
        if path.name not in desk_only
    )

    assert weight < 15_000


# Stylesheets in parts ---------------------------------------------------------------------


def parts_of(sheet: str) -> list[str]:
    return re.findall(r'^@import "(.+)";$', (CSS / f"{sheet}.css").read_text(), re.MULTILINE)


def test_stylesheets_are_short() -> None:
    long = {path.name: path.read_text().count("\n") for path in CSS.rglob("*.css")}

    assert {name: lines for name, lines in long.items() if lines > 400} == {}


def test_sheets_hold_every_part_of_theirs_and_nothing_else() -> None:
    resident, desk = (parts_of(sheet) for sheet in SHEETS)

    assert {*resident, *desk} == {str(path.relative_to(CSS)) for path in PARTS}
    assert [part for part in resident if part.startswith("desk/")] == []
    assert [part for part in desk if part.startswith("pages/")] == []
    assert len(set(resident)) == len(resident)
    assert len(set(desk)) == len(desk)


def selectors(path: Path) -> list[str]:
    """Every selector of the rules in a stylesheet, whatever layer or query they stand in."""
    css = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    preludes = [text.strip() for text in re.findall(r"([^{};]+)\{", css)]
    lists = [text for text in preludes if not text.startswith("@")]
    return [one.strip() for text in lists for one in re.split(r",(?![^()]*\))", text)]


def classes(selector: str) -> list[str]:
    return re.findall(r"\.(-?[A-Za-z_][\w-]*)", selector)


def components(selector: str) -> set[str]:
    """Of `.card--link .badge__mark`: card and badge."""
    return {re.split("__|--", name)[0] for name in classes(selector)}


def defined_in(path: Path) -> set[str]:
    """The components that have a rule to themselves here."""
    alone = [components(selector) for selector in selectors(path)]
    return {name for names in alone if len(names) == 1 for name in names}


def test_the_walk_reads_selectors() -> None:
    assert components(".card--link .badge__mark > a:is(.x, .y)") == {"card", "badge", "x", "y"}
    assert ".field + .field" in selectors(CSS / "components/field.css")
    assert defined_in(CSS / "components/chip.css") == {"chip"}


def test_each_component_is_defined_in_one_file() -> None:
    homes: dict[str, set[str]] = {}
    for path in PARTS:
        for name in defined_in(path):
            homes.setdefault(name, set()).add(path.name)

    assert {name: files for name, files in homes.items() if len(files) > 1} == {}


def test_each_rule_stands_with_one_of_its_components() -> None:
    strays = [
        f"{path.name}: {selector}"
        for path in PARTS
        for selector in selectors(path)
        if components(selector) and not components(selector) & defined_in(path)
    ]

    assert strays == []


# Written by Django, by the prose editor, or by consultations/markup.py around tables.
WRITTEN_ELSEWHERE = {"errorlist", "selectedCell", "table-frame"} | {
    f"ProseMirror{part}" for part in ("", "-focused", "-gapcursor", "-separator")
}


def classes_in_templates() -> set[str]:
    found: set[str] = set()
    for path in TEMPLATES.rglob("*.html"):
        if is_foreign(path):
            continue
        html = path.read_text()
        bodies = re.findall(r"{% block body_class %}([\w -]*){%", html)
        plain = re.sub(r"{%.*?%}|{{.*?}}", " ", html)
        for names in bodies + re.findall(r'\bclass="([^"]*)"', plain):
            found |= set(names.split())
    return found


def classes_in_scripts() -> set[str]:
    """What scripts give to elements, and what they look for."""
    script = "\n".join(path.read_text() for path in (STATIC / "js").glob("*.js"))
    given = re.findall(r'className = "([^"]*)"|\bmake\("\w+", "([^"]*)"', script)
    sought = re.findall(r'(?:querySelector(?:All)?|closest|matches)\(\s*["`]([^"`]*)', script)
    found = {name for pair in given for names in pair for name in names.split()}
    return found | {name for selector in sought for name in classes(selector)}


def test_every_class_is_both_used_and_defined() -> None:
    used = classes_in_templates() | classes_in_scripts() | WRITTEN_ELSEWHERE
    defined = {name for path in PARTS for one in selectors(path) for name in classes(one)}

    assert len(used) > 300
    assert used - defined == set()
    assert defined - used == set()
