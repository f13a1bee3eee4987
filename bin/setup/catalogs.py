"""The compiled message catalogs of a checkout; git keeps only their text."""

from pathlib import Path

from bin.setup.installer import Installer


def compile_changed(root: Path, python: Path, installer: Installer) -> None:
    """Compile the catalogs that changed since they were compiled."""
    for text in sorted(root.glob("locale/*/LC_MESSAGES/*.po")):
        compiled = text.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime_ns < text.stat().st_mtime_ns:
            new = compiled.with_suffix(".mo.new")
            title = f"Compiling {text.relative_to(root)}"
            installer.run(title, babel_command(python, text, new))
            new.replace(compiled)


def babel_command(python: Path, text: Path, target: Path) -> list[str | Path]:
    babel = ("-m", "babel.messages.frontend", "-q", "compile")
    return [python, *babel, "-i", text, "-o", target, "-l", text.parent.parent.name]
