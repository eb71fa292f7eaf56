"""Bodies of the V2 (Open Inference) protocol."""

from pydantic import BaseModel


class V2Tensor(BaseModel):
    name: str
    shape: list[int]
    datatype: str
    data: list


class V2Request(BaseModel):
    inputs: list[V2Tensor]
    id: str | None = None
    parameters: dict | None = None
    outputs: list[dict] | None = None


class V2Response(BaseModel):
    model_name: str
    model_version: str
    id: str | None = None
    outputs: list[V2Tensor]


class V2Error(BaseModel):
    error: str


class V2TensorMetadata(BaseModel):
    name: str
    datatype: str
    shape: list[int]


class V2Metadata(BaseModel):
    name: str
    versions: list[str]
    platform: str
    inputs: list[V2TensorMetadata]
    outputs: list[V2TensorMetadata]
