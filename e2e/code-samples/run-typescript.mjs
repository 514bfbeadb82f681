/** Runs TypeScript samples: one JSON line in for each, one out with what the API answered. One process for all of them. */
import { stripTypeScriptTypes } from 'node:module';
import { createInterface } from 'node:readline';

const client = import.meta.resolve('@wam/client');
let last;
const { fetch } = globalThis;
globalThis.fetch = async (...request) => {
  const response = await fetch(...request);
  last = { status: response.status, body: await response.clone().text() };
  return response;
};
console.log = () => undefined;

for await (const line of createInterface({ input: process.stdin })) {
  const { source, token } = JSON.parse(line);
  process.env.TOKEN = token;
  last = undefined;
  let answer;
  try {
    // A module made of text has no folder from which a package could be found.
    const program = stripTypeScriptTypes(source).replaceAll("'@wam/client'", JSON.stringify(client));
    await import(`data:text/javascript,${encodeURIComponent(program)}`);
    answer = last;
  } catch (error) {
    answer = { error: error.stack };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
