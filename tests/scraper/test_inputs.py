"""What is imported from folders and archives: in order, bounded, and nothing of it ever written anywhere."""

import gzip
import io
import os
import struct
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from scraper.errors import DataRefused, WrongCall
from scraper.inputs import ALWAYS_ALLOWED_BYTES, Inputs


def read(*paths: object) -> list[tuple[str, str, bytes]]:
    return [(file.name, file.kind.value, file.stream.read()) for file in Inputs(map(str, paths))]


def write_zip(path: Path, members: Iterable[tuple[str, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def write_tar(path: Path, members: Iterable[tuple[str, bytes]]) -> Path:
    with tarfile.open(path, "w:gz" if path.name.endswith("gz") else "w") as archive:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path: Path) -> None:
    """With what lies below it; without what is hidden, what leads elsewhere, and what is of no kind that is known."""
    # given such a folder
    outside = tmp_path / "outside.csv"
    outside.write_bytes(b"secret")
    folder = tmp_path / "folder"
    for name in ("b.csv", "a/z.html", "a/b.JSONL", ".hidden/c.csv", "notes.txt", "c.csv.gz", "picture.png",
                 "a/z_files/advert.html", "a/z-Dateien/data.json"):  # fmt: skip
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(gzip.compress(b"packed") if name.endswith("gz") else name.encode())
    (folder / "link.csv").symlink_to(outside)
    # when it is read, then its files come in order, and what else is there is counted
    inputs = Inputs([str(folder)])
    assert [(file.name, file.kind.value, file.stream.read()) for file in inputs] == [
        ("a/b.JSONL", "jsonl", b"a/b.JSONL"), ("a/z.html", "page", b"a/z.html"), ("b.csv", "csv", b"b.csv"),
        ("c.csv.gz", "csv", b"packed"),
    ]  # fmt: skip
    assert inputs.passed_over == {".txt": 1, ".png": 1} and inputs.several


@pytest.mark.parametrize("name", ["cars.zip", "cars.tar.gz", "cars.tgz", "cars.tar"])
def test_an_archive_is_read_as_a_folder_is(tmp_path: Path, name: str) -> None:
    """Archives in it are not looked into."""
    # given an archive with several files, and one within it
    inner = write_zip(tmp_path / "inner.zip", [("x.csv", b"x")]).read_bytes()
    write = write_zip if name == "cars.zip" else write_tar
    archive = write(tmp_path / name, [("a/1.csv", b"one"), ("a/2.html", b"two"), ("inner.zip", inner), ("c.gz", b"?")])
    # when it is read, then its files come
    inputs = Inputs([str(archive)])
    assert [(file.name, file.kind.value, file.stream.read()) for file in inputs] == [
        (f"{name}: a/1.csv", "csv", b"one"), (f"{name}: a/2.html", "page", b"two"),
    ]  # fmt: skip
    assert inputs.passed_over == {".zip": 1, ".gz": 1}


def test_names_that_lead_elsewhere_lead_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Links and devices are none of an archive's files, and no name is ever a path."""
    # given archives whose members are called as files outside of them, and links
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path / "in")
    names = ("../evil.csv", "/tmp/evil-of-an-archive.csv", "a\nb\x1b[31m.csv")
    write_zip(Path("cars.zip"), [(name, b"x") for name in names])
    with tarfile.open("cars.tar", "w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE):
            member = tarfile.TarInfo(f"link-{kind!r}.csv")
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    # when they are read, then nothing is written, and a name is told so that it does no harm
    assert [name for name, _, _ in read("cars.zip", "cars.tar")] == [
        "cars.zip: /tmp/evil-of-an-archive.csv", "cars.zip: a\\nb\\x1b[31m.csv",
    ]  # fmt: skip
    assert sorted(os.listdir(tmp_path)) == ["in"] and sorted(os.listdir()) == ["cars.tar", "cars.zip"]
    assert not Path("/tmp/evil-of-an-archive.csv").exists()


@pytest.mark.parametrize("name", ["bomb.zip", "bomb.tar.gz", "bomb.csv.gz"])
def test_a_bomb_is_refused(tmp_path: Path, name: str) -> None:
    """What unpacks to far more than listings ever do, in one member or in all."""
    # given an archive of which far more comes out than went in
    path = tmp_path / name
    mebibyte = b"0" * 1024 * 1024
    size = ALWAYS_ALLOWED_BYTES + 2 * len(mebibyte)
    if name.endswith(".csv.gz"):
        path.write_bytes(gzip.compress(mebibyte * (size // len(mebibyte)), compresslevel=1))
    else:
        write = write_zip if name == "bomb.zip" else write_tar
        write(path, [(f"{half}.csv", mebibyte * (size // len(mebibyte) // 2)) for half in range(2)])
    # when it is read, then that is told before it has filled the memory
    with pytest.raises(DataRefused, match=f"{name} unpacks to more than 67,108,864 bytes, which no listings do"):
        for file in Inputs([str(path)]):
            while file.stream.read(1024 * 1024):
                pass


def test_what_cannot_be_unpacked_is_told(tmp_path: Path) -> None:
    """An encrypted archive, one cut short, one that is none."""
    # given archives that are broken
    whole = write_zip(tmp_path / "whole.zip", [("a.csv", os.urandom(100_000))]).read_bytes()
    tar = write_tar(tmp_path / "whole.tar.gz", [("a.csv", os.urandom(100_000))]).read_bytes()
    encrypted = bytearray(write_zip(tmp_path / "plain.zip", [("a.csv", b"x")]).read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = encrypted.index(signature) + offset
        encrypted[place : place + 2] = struct.pack("<H", 1)
    damaged = bytearray(whole)
    damaged[500:520] = bytes(20)
    broken = {
        "cut.zip": (whole[:-50], "cannot be unpacked"), "none.zip": (b"PK", "cannot be unpacked"),
        "damaged.zip": (bytes(damaged), "cannot be unpacked: Bad CRC-32"),
        "encrypted.zip": (bytes(encrypted), "encrypted.zip: a.csv is encrypted: unpack the archive"),
        "cut.tar.gz": (tar[:50_000], "cannot be unpacked"), "none.tgz": (b"none", "cannot be unpacked"),
        "cut.csv.gz": (gzip.compress(os.urandom(10_000))[:5_000], "cannot be unpacked"),
        "none.csv.gz": (b"none", "cannot be unpacked"),
    }  # fmt: skip
    for name, (content, told) in broken.items():
        (tmp_path / name).write_bytes(content)
        # when they are read, then that is told
        with pytest.raises(DataRefused, match=name) as refused:
            read(tmp_path / name)
        assert told in str(refused.value)


def test_what_is_read_is_told_as_it_lies_on_the_disk(tmp_path: Path) -> None:
    # given files, packed and not, when they are read, then as many bytes are told as they have
    (tmp_path / "a.csv").write_bytes(b"x" * 1_000_000)
    write_tar(tmp_path / "b.tar.gz", [("b.csv", os.urandom(1_000_000))])
    told: list[int] = []
    inputs = Inputs([str(tmp_path)], told.append)
    for file in inputs:
        file.stream.read()
    assert inputs.size_bytes == sum(path.stat().st_size for path in tmp_path.iterdir()) == sum(told)


def test_nothing_to_read_is_a_wrong_call(tmp_path: Path) -> None:
    # given nothing, when it is to be read, then that is told
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(WrongCall):
            Inputs([str(path)])
