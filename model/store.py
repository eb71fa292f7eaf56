"""The store: objects under keys, each written once and whole, or not at all. Jobs and scraper meet in it."""

from pathlib import Path

from model.local_store import LocalStore
from model.store_protocol import NotStored, Store, StoreError
from model.s3_store import S3Store

__all__ = ["LocalStore", "NotStored", "S3Store", "Store", "StoreError", "open_store"]


def open_store(location: str, *, must_exist: bool = False) -> Store:
    """The store in a folder, or at s3://bucket/beginning with the endpoint and credentials that boto3 finds.

    A folder that is not there is made by the first object, or with must_exist is a FileNotFoundError; in S3 there are
    no folders, so a place without objects is an empty store. Raises ValueError for what is no location.
    """
    if "://" in location:
        return S3Store(location)
    if not location:
        raise ValueError("the store's location is empty")
    if must_exist and not Path(location).is_dir():
        raise FileNotFoundError(f"{location} is no folder, so there is no store")
    return LocalStore(Path(location))
