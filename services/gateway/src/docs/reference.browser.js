/** Starts the API reference at /docs. Runs in the browser, after Scalar's own script. */

/** Where the dashboard keeps its login, in this tab: who is logged in there can try requests here at once. */
const token = window.sessionStorage.getItem('wam.token') ?? '';

window.Scalar.createApiReference('#reference', {
  url: 'openapi.json',
  // Whatever would ask another host, or leave for one.
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  showDeveloperTools: 'never',
  agent: { disabled: true },
  mcp: { disabled: true },
  // Our own samples only: each of them is run by a test.
  hiddenClients: true,
  documentDownloadType: 'json',
  authentication: { preferredSecurityScheme: 'bearer', securitySchemes: { bearer: { token } } },
});
