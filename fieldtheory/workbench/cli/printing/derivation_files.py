"""What `fieldtheory derive` writes: one file of a language, or a folder with a file for each diagram."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import click

from fieldtheory.shown_value import shown
from fieldtheory.workbench.output_files import require_folder, write_file

# language: ending of its files, and the file that holds everything in a folder
_FILES = {
    "text": (".txt", "expansion.txt"),
    "latex": (".tex", "expansion.tex"),
    "json": (".json", "expansion.json"),
    "python": (".py", "expansion.py"),
    "tex": (".tex", "expansion.tex"),
    "svg": (".svg", "sheet.svg"),
    "dot": (".dot", "diagrams.dot"),
    "graphml": (".graphml", "diagrams.graphml"),
}
FORMATS = tuple(_FILES)
PICTURES = ("svg", "dot", "graphml")  # a file for each diagram, and one for all
_MEANT = {ending: language for language, (ending, _) in _FILES.items()}  # .tex alone: the document


class Destination(NamedTuple):
    """The language asked for, and where it goes: a file, a folder, or (neither) standard output."""

    language: str
    file: Path | None = None
    folder: Path | None = None

    @classmethod
    def of(cls, language: str | None, out: Path | None) -> Destination:
        """A name with an ending is a file, any other a folder (but of a document, which is one file).

        Without a language the ending says which. ValueError for an ending of another language or of none,
        and for what can't be written.
        """
        if language is not None and language not in FORMATS:
            raise ValueError(f"format must be one of {', '.join(FORMATS)} (got {shown(language)})")
        if out is None:
            return cls(language or "text")
        ending = out.suffix.lower()
        if not any(map(str.isalpha, ending)):  # runs.2 is a folder
            ending = ""
        if language != "tex" and (out.is_dir() or not ending):
            require_folder(out)
            return cls(language or "text", folder=out)
        if out.is_dir():
            raise ValueError(f"out must be a file for a tex document (got the folder {shown(str(out))})")
        if language is None:
            if ending not in _MEANT:
                endings = ", ".join(_MEANT)
                raise ValueError(f"out must be a folder, or end in {endings} (got {shown(str(out))})")
            language = _MEANT[ending]
        elif ending and ending != _FILES[language][0]:
            raise ValueError(
                f"out must end in {_FILES[language][0]} for format {language}, or be a folder "
                f"(got {shown(str(out))})"
            )
        require_folder(out.parent)
        return cls(language, file=out)

    def hand_over(self, whole: str, singles: dict[str, str] | None = None) -> None:
        """Print everything, or write it, and into a folder each of `singles` by its file's name beside it."""
        if self.file is not None:
            _write({self.file.name: whole}, self.file.parent)
        elif self.folder is not None:
            _write({_FILES[self.language][1]: whole} | (singles or {}), self.folder)
        else:
            click.echo(whole)


def _write(files: dict[str, str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        write_file(folder / name, text if text.endswith("\n") else text + "\n")
    first, *others = files
    more = f" and {len(others)} more" if others else ""
    click.echo(f"written {folder / first}{more}")
