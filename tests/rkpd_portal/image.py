"""What would be in the image, worked out from the Dockerfile and .dockerignore without Docker."""

import re
import shlex
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[2]


def copied_files() -> list[PurePosixPath]:
    """Every file of the checkout that a COPY of the Dockerfile takes into the image."""
    sources = [PurePosixPath(source) for source in copy_sources()]
    return [
        path
        for path in files_sent()
        if any(path == source or source in path.parents for source in sources)
    ]


def copy_sources() -> list[str]:
    """What the COPY lines name, except what they take from another stage."""
    lines = (ROOT / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    copies = [shlex.split(line)[1:] for line in lines if line.startswith("COPY ")]
    return [source for copy in copies if "--from" not in copy[0] for source in copy[:-1]]


def files_sent(folder: Path = ROOT) -> Iterator[PurePosixPath]:
    """The build context: what .dockerignore leaves of the checkout."""
    for path in sorted(folder.iterdir()):
        relative = PurePosixPath(path.relative_to(ROOT))
        if path.is_dir() and (is_sent(relative) or has_exception_below(relative)):
            yield from files_sent(path)
        elif path.is_file() and is_sent(relative):
            yield relative


def rules() -> list[str]:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def is_sent(path: PurePosixPath) -> bool:
    """The last rule that fits the path, or a folder above it, decides."""
    sent = True
    for rule in rules():
        pattern = re.compile(as_regex(rule.removeprefix("!").strip("/")))
        if any(pattern.fullmatch(str(part)) for part in (path, *list(path.parents)[:-1])):
            sent = rule.startswith("!")
    return sent


def has_exception_below(folder: PurePosixPath) -> bool:
    return any(rule.startswith(f"!{folder}/") for rule in rules())


def as_regex(rule: str) -> str:
    """`*` stays within a folder, `**` does not."""
    parts = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(parts.get(t, re.escape(t)) for t in re.findall(r"\*\*/|\*\*|\*|\?|[^*?]+", rule))


def locked_distributions() -> list[metadata.Distribution]:
    """The installed packages that requirements/production.txt names."""
    lock = (ROOT / "requirements" / "production.txt").read_text()
    wanted = {plain(name) for name in re.findall(r"^([\w.-]+)(?:\[.*])?==", lock, re.MULTILINE)}
    return [found for found in metadata.distributions() if plain(found.name) in wanted]


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def top_levels(distribution: metadata.Distribution) -> set[str]:
    """The names in site-packages that belong to a distribution."""
    files = [file.parts[0] for file in distribution.files or ()]
    return {name for name in files if name not in {"..", "__pycache__"}}
