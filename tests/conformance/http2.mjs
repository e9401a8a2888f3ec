// One HTTP/2 connection for all the requests given, at once: prints what came of each, as JSON.
// node http2.mjs ORIGIN CA-FILE REQUESTS, where REQUESTS is a JSON list of {headers, cancel}.
import { readFileSync } from "node:fs";
import { connect } from "node:http2";

const [origin, authority, requests] = process.argv.slice(2);
const session = connect(origin, { ca: readFileSync(authority) });

function ask({ headers, cancel }) {
  return new Promise((resolve) => {
    const stream = session.request(headers);
    const answer = { status: 0, headers: {}, bytes: 0, error: null };
    stream.on("response", (received) => {
      answer.status = received[":status"];
      answer.headers = { ...received };
      if (cancel) stream.close();
    });
    stream.on("data", (piece) => (answer.bytes += piece.length));
    stream.on("error", (error) => (answer.error = error.code));
    stream.on("close", () => resolve(answer));
    stream.end();
  });
}

const answers = await Promise.all(JSON.parse(requests).map(ask));
console.log(JSON.stringify({ protocol: session.alpnProtocol, answers }));
session.close();
