"""Ask a running `normalizer serve` for a few names, over gRPC.

normalizer serve &
python examples/client.py Guevo "Sudzha district" Selenskyj
"""

import sys

import grpc

from normalizer.v1 import normalizer_pb2, normalizer_pb2_grpc, types_pb2

texts = sys.argv[1:] or ["Guevo", "Sudzha district", "Selenskyj"]
with grpc.insecure_channel("127.0.0.1:50051") as channel:
    normalizer = normalizer_pb2_grpc.NormalizerServiceStub(channel)
    mentions = [types_pb2.Mention(text=text) for text in texts]
    response = normalizer.NormalizeBatch(normalizer_pb2.NormalizeBatchRequest(mentions=mentions), timeout=10)
    for text, answer in zip(texts, response.answers, strict=True):
        if answer.HasField("resolution"):
            resolution = answer.resolution
            print(
                text, types_pb2.Outcome.Name(resolution.outcome), resolution.entity_id or "-", resolution.why, sep="\t"
            )
        else:
            print(text, "error", answer.status.message, sep="\t")
