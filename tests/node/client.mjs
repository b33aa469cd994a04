// Calls the three methods of NormalizerService with the same mentions and prints what came back, as JSON.
//   node client.mjs ADDRESS PROTOS MENTIONS      MENTIONS is a JSON array of messages normalizer.v1.Mention
import grpc from "@grpc/grpc-js";
import protoLoader from "@grpc/proto-loader";

const [address, protos, json] = process.argv.slice(2);
const mentions = JSON.parse(json);
const definition = protoLoader.loadSync("normalizer/v1/normalizer.proto", {
  includeDirs: [protos],
  longs: Number,
  enums: String,
  defaults: true,
  oneofs: true,
});
const { NormalizerService } = grpc.loadPackageDefinition(definition).normalizer.v1;
const client = new NormalizerService(address, grpc.credentials.createInsecure());

const call = (method, request) =>
  new Promise((resolve) =>
    client[method](request, (error, response) =>
      resolve(error ? { code: grpc.status[error.code], details: error.details } : response),
    ),
  );

const stream = (requests) =>
  new Promise((resolve, reject) => {
    const answers = [];
    const open = client.normalizeStream();
    open.on("data", (response) => answers.push(response.answer));
    open.on("error", reject);
    open.on("end", () => resolve(answers));
    requests.forEach((request) => open.write(request));
    open.end();
  });

const normalize = [];
for (const mention of mentions) normalize.push(await call("normalize", { mention }));
// A text that is not well-formed makes the whole message invalid, so the batch goes without it.
const batch = await call("normalizeBatch", { mentions: mentions.filter(({ text }) => text.isWellFormed()) });
const streamed = await stream(mentions.map((mention) => ({ mention })));
console.log(JSON.stringify({ normalize, batch: batch.answers, stream: streamed }));
client.close();
