"""Signatures of a version's files, by which serving knows that they are what was trained and promoted, and no other.

A version is a folder of a few known files. `signature.json` beside them holds a manifest, with the size and SHA-256 of
each, and an Ed25519 signature over it. The manifest also names version, run, contract and card. Whoever serves holds
the public key, and nothing from the folder is believed before its signature is checked.
"""

import base64
import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from model.errors import FilesError, JobError

SIGNATURE_FILE = "signature.json"
TABLE_FILE = "artifacts/table.json"
# All that MLflow and training write into a version's folder. No pickle is among them.
FILES = ("MLmodel", TABLE_FILE, "conda.yaml", "python_env.yaml", "requirements.txt", "served.py")
# What comes beside a version's files when it is loaded: what Python makes of served.py where it may write, and what
# MLflow notes of a version that it has fetched by its registered name.
ON_LOADING = re.compile(r"registered_model_meta|__pycache__(/served\.[\w.-]+\.pyc)?")
FORMAT = 1
CONTEXT = b"dealership-model version files\0"  # a signature over them can never pass for one over something else
LARGEST_SIGNATURE_BYTES = 100_000
END_OF_KEY = b"-----END PUBLIC KEY-----"


def new_key() -> tuple[bytes, bytes]:
    """A private key and its public key, both as PEM."""
    private = Ed25519PrivateKey.generate()
    return (
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
        private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ),
    )  # fmt: skip


def write_new_key(private_file: Path) -> Path:
    """Make a key; the private part for its owner alone, the public part beside it as <name>.pub. Raises JobError where
    either file is there: a key is never replaced.
    """
    public_file = private_file.with_name(private_file.name + ".pub")
    private, public = new_key()
    private_file.parent.mkdir(parents=True, exist_ok=True)
    try:
        for path, content, mode in ((private_file, private, 0o600), (public_file, public, 0o644)):
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
                file.write(content)
    except FileExistsError as error:
        raise JobError(f"{error.filename} is there already; a key is never replaced") from error
    return public_file


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """Raises JobError for what is no Ed25519 key of ours."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise JobError(f"{path} holds no private key that can be used: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise JobError(f"{path} holds no Ed25519 key")
    return key


def read_public_keys(path: Path) -> list[Ed25519PublicKey]:
    """The keys of a PEM file, any of which may have signed: two while one takes the other's place."""
    blocks = [block + END_OF_KEY for block in path.read_bytes().split(END_OF_KEY)[:-1]]
    try:
        keys = [serialization.load_pem_public_key(block.strip()) for block in blocks]
    except (ValueError, UnsupportedAlgorithm) as error:
        raise JobError(f"{path} holds no public key that can be used: {error}") from error
    ed25519 = [key for key in keys if isinstance(key, Ed25519PublicKey)]
    if not ed25519 or len(ed25519) < len(keys):
        raise JobError(f"{path} must hold Ed25519 public keys, one or more, and nothing else")
    return ed25519


def document_digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of a JSON document, however it was written."""
    return hashlib.sha256(_canonical(document)).hexdigest()


def sign(folder: Path, key: Ed25519PrivateKey, about: Mapping[str, str]) -> bytes:
    """The content of signature.json for a version's folder; `about` says what version it is, and of what.

    Raises FilesError where the folder holds other files than a version's.
    """
    manifest = {"format": FORMAT, **about, "files": _digests(folder)}
    signature = base64.b64encode(key.sign(CONTEXT + _canonical(manifest))).decode()
    return _document(manifest, signature)


def check_names(folder: Path, *, running: bool = False) -> None:
    """Raise FilesError unless the folder holds a version's files and no others: no pickle, no code, no links.

    Where its code is running, what loading leaves beside it is no stranger.
    """
    found = set()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if running and ON_LOADING.fullmatch(name) and not path.is_symlink():
            continue
        if path.is_symlink():
            raise FilesError(f"{name} is a link; a version's files are files")
        if path.is_dir():
            if name != "artifacts":
                raise FilesError(f"{name} is no folder of a version")
        elif name not in (*FILES, SIGNATURE_FILE):
            raise FilesError(f"{name} is no file of a version")
        else:
            found.add(name)
    if missing := sorted(set(FILES) - found):
        raise FilesError(f"the version lacks {', '.join(missing)}")


def verify(folder: Path, keys: Sequence[Ed25519PublicKey]) -> dict[str, Any]:
    """The manifest of a version's folder, if one of these keys signed it and every file is what it says.

    Raises FilesError with the reason.
    """
    check_names(folder)
    manifest = _signed_manifest(folder / SIGNATURE_FILE, keys)
    digests = _digests(folder)
    if manifest.get("files") != digests:
        signed = {file["path"]: file for file in manifest.get("files", ())}
        changed = [file["path"] for file in digests if signed.get(file["path"]) != file]
        raise FilesError(f"changed since it was signed: {', '.join(changed) or 'the list of files'}")
    return manifest


def files_digest(folder: Path) -> str:
    """One SHA-256 of all of a version's files but their signature. Raises FilesError for no version's folder."""
    return document_digest({"files": _digests(folder)})


def _signed_manifest(file: Path, keys: Sequence[Ed25519PublicKey]) -> dict[str, Any]:
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST_SIGNATURE_BYTES)
    except FileNotFoundError:
        raise FilesError("the version is not signed") from None
    try:
        said = json.loads(content)
        manifest, signature = said["manifest"], base64.b64decode(said["signature"], validate=True)
        if base64.b64encode(signature).decode() != said["signature"]:
            raise ValueError("a signature that is not written as it should be")
        signed = CONTEXT + _canonical(manifest)
        if manifest["format"] != FORMAT or content != _document(manifest, said["signature"]):
            raise ValueError("another format")  # what reads the same and is written otherwise was touched as well
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FilesError(f"{SIGNATURE_FILE} cannot be read: {error}") from error
    for key in keys:
        try:
            key.verify(signature, signed)
            return manifest
        except InvalidSignature:
            continue
    raise FilesError("the signature is of no key that is trusted here, or of other files")


def _document(manifest: Mapping[str, Any], signature: str) -> bytes:
    return json.dumps({"manifest": manifest, "signature": signature}, indent=1).encode() + b"\n"


def _digests(folder: Path) -> list[dict[str, Any]]:
    check_names(folder)
    digests = []
    for name in FILES:
        content = (folder / name).read_bytes()
        digests.append({"path": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()})
    return digests


def _canonical(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()
