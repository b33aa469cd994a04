"""Ask a running `normalizer serve` for a few names, over gRPC.

normalizer serve &
python examples/client.py Guevo "Sudzha district" Selenskyj
"""

import argparse

import grpc

from normalizer.v1 import normalizer_pb2, normalizer_pb2_grpc, types_pb2

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--address", default="127.0.0.1:50051", help="HOST:PORT of the server")
parser.add_argument("texts", nargs="*", metavar="TEXT", default=["Guevo", "Sudzha district", "Selenskyj"])
arguments = parser.parse_args()

texts = arguments.texts
with grpc.insecure_channel(arguments.address) as channel:
    normalizer = normalizer_pb2_grpc.NormalizerServiceStub(channel)
    mentions = [types_pb2.Mention(text=text) for text in texts]
    try:
        response = normalizer.NormalizeBatch(normalizer_pb2.NormalizeBatchRequest(mentions=mentions), timeout=10)
    except grpc.RpcError as error:
        if error.code() != grpc.StatusCode.UNAVAILABLE:
            raise
        parser.exit(1, f"no server answers at {arguments.address}: start one with `normalizer serve`\n")
    for text, answer in zip(texts, response.answers, strict=True):
        if answer.HasField("resolution"):
            resolution = answer.resolution
            print(
                text, types_pb2.Outcome.Name(resolution.outcome), resolution.entity_id or "-", resolution.why, sep="\t"
            )
        else:
            print(text, "error", answer.status.message, sep="\t")
