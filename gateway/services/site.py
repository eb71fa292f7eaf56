"""What the operator says on the site: the texts of its imprint and privacy page, and the bonus for who sells to him."""

from dataclasses import dataclass
from pathlib import Path

from gateway.config import Config, variable

LARGEST_TEXT_BYTES = 256 * 1024


@dataclass(frozen=True)
class Site:
    """Texts are plain; lines may begin as Markdown's headings and lists do; None where the operator wrote none."""

    imprint: str | None
    privacy: str | None
    selling_bonus_eur: float


def read_site(config: Config) -> Site:
    """The texts of the files that the settings name. Raises ValueError naming the setting of one that cannot be read."""
    return Site(
        _read("imprint_file", config.imprint_file), _read("privacy_file", config.privacy_file), config.selling_bonus_eur
    )


def _read(setting: str, path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_TEXT_BYTES + 1)
        if len(content) > LARGEST_TEXT_BYTES:
            raise ValueError(f"{path} has more than {LARGEST_TEXT_BYTES // 1024} KiB")
        return content.decode().strip() or None
    except UnicodeDecodeError:
        raise ValueError(f"{variable(setting)}: {path} is not a text in UTF-8") from None
    except (OSError, ValueError) as error:
        raise ValueError(f"{variable(setting)}: {error}") from None
