/** What the suite starts as its client: hands the server’s address to whoever drives the gateways, and ends as that says. */
const { DRIVER_URL, MCP_CONFORMANCE_SCENARIO, MCP_CONFORMANCE_CONTEXT = '{}' } = process.env;
const answer = await fetch(DRIVER_URL, {
  method: 'POST',
  body: JSON.stringify({
    url: process.argv[2],
    scenario: MCP_CONFORMANCE_SCENARIO,
    context: JSON.parse(MCP_CONFORMANCE_CONTEXT),
  }),
});
const said = await answer.text();
if (said !== '') process.stderr.write(`${said}\n`);
process.exitCode = answer.ok ? 0 : 1;
