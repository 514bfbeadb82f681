/** What each error means, why it happens and what to do: where `docUrl` of every error points. */
import {
  type ErrorBody,
  type ErrorCode,
  edgeErrors,
  errorCatalogue,
  errorCodes,
  errorDocPath,
  errorsOf,
  type OperationDefinition,
} from '@wam/contracts';
import { escapeHtml, htmlPage } from './html-page.ts';

type Entry = (typeof errorCatalogue)[ErrorCode];

/** `/docs/errors`: every code under the status it comes with. */
export function errorIndex(): string {
  const byStatus = Map.groupBy(errorCodes, (code) => errorCatalogue[code].status);
  const sections = [...byStatus]
    .sort(([a], [b]) => a - b)
    .map(
      ([status, codes]) => `<h2>${status === 0 ? 'Why a message failed or a campaign paused' : `HTTP ${status}`}</h2>
<ul>
${codes.map((code) => `<li id="${code}">${linkTo(code)} ${escapeHtml(errorCatalogue[code].message)}.</li>`).join('\n')}
</ul>`,
    );
  return htmlPage(
    'error codes',
    `<h1>Error codes</h1>
<p>Every failed answer has one of these in <code>code</code>, and a link to its page in <code>docUrl</code>.
Give its <code>requestId</code> when you ask for help.</p>
${sections.join('\n')}`,
  );
}

/** `/docs/errors/<CODE>` */
export function errorPage(code: ErrorCode, operations: readonly OperationDefinition[]): string {
  const entry = errorCatalogue[code];
  return htmlPage(
    code,
    `<h1><code>${code}</code></h1>
<p>${escapeHtml(entry.error)}. ${escapeHtml(entry.message)}.</p>
<dl>
<dt>Status</dt><dd>${statusText(entry)}</dd>
<dt>Why it happens</dt><dd>${escapeHtml(entry.cause)}</dd>
<dt>What to do</dt><dd>${escapeHtml(entry.fix)}</dd>
<dt>The same request later</dt><dd>${entry.retryable ? 'May succeed.' : 'Fails again.'}</dd>
</dl>
<h2>What the answer looks like</h2>
<pre tabindex="0"><code>${escapeHtml(JSON.stringify(exampleBody(code, entry), null, 2))}</code></pre>
<h2>Where it comes from</h2>
${sourcesOf(code, operations)}`,
  );
}

const linkTo = (code: ErrorCode): string => `<a href="${errorDocPath(code)}"><code>${code}</code></a>`;

const statusText = ({ status }: Entry): string =>
  status === 0
    ? 'None: the reason of a failed message. 409 when the request still waits for the message.'
    : String(status);

const exampleBody = (code: ErrorCode, { error, message }: Entry): ErrorBody => ({
  error,
  message,
  code,
  requestId: 'req_01JD8X3M5N6P7Q8R9S0T1V2W3X',
  docUrl: `https://wam.example.com${errorDocPath(code)}`,
});

function sourcesOf(code: ErrorCode, operations: readonly OperationDefinition[]): string {
  if (errorCatalogue[code].status === 0)
    return '<p>Messages that were accepted: <code>error</code> in <code>GET /api/messages/:messageId</code>.</p>';
  if (edgeErrors.includes(code)) return '<p>Any request that is not one of the API.</p>';
  const sources = operations.filter((operation) => errorsOf(operation).includes(code));
  if (sources.length === operations.length) return '<p>Any request.</p>';
  const items = sources.map(
    ({ method, path, summary }) => `<li><code>${method} ${escapeHtml(path)}</code> ${escapeHtml(summary)}</li>`,
  );
  return `<ul>\n${items.join('\n')}\n</ul>`;
}
