import type { CompanyData } from './facts.ts';
import type { Judge, RuleFinder } from './identity.ts';
import { ownOf, pathsOf } from './resource.ts';

/** The rules that ship with the company’s servers, by server. */
export function serverJudges(data: CompanyData, rule: RuleFinder): ReadonlyMap<string, Judge> {
  return new Map([
    ['crm', crm(data, rule)],
    ['payments', payments(data, rule)],
    ['filesystem', filesystem(data, rule)],
  ]);
}

function crm(data: CompanyData, rule: RuleFinder): Judge {
  const { tools_with_customer, search_text_min, recipients_max } = data.servers.crm;
  const products = rule('servers.crm.product_list');
  const idUnusable = rule('servers.crm.customer_id_unusable');
  const tooBroad = rule('servers.crm.search_too_broad');
  const tooMany = rule('servers.crm.too_many_recipients');
  const deletion = rule('servers.crm.delete_customer');
  return ({ action: { type, target, tool_name, args } }, found) => {
    const isReading = type === 'resource_read' || type === 'resource_subscribe';
    if (isReading && target.kind === 'resource' && target.id === 'crm://products') found.push(products);
    if (tools_with_customer.includes(tool_name) && typeof ownOf(args, 'id') !== 'number')
      found.push(idUnusable);
    if (tool_name === 'search') {
      const text = ownOf(args, 'text');
      if (typeof text !== 'string' || lengthOf(text.replace(/^[%_* ]+|[%_* ]+$/g, '')) < search_text_min)
        found.push(tooBroad);
    } else if (tool_name === 'send_email') {
      const to = ownOf(args, 'to');
      if (Array.isArray(to) && to.length > recipients_max) found.push(tooMany);
    } else if (tool_name === 'delete_customer') found.push(deletion);
  };
}

function payments(data: CompanyData, rule: RuleFinder): Judge {
  const { refund_approval_above_cents: smallMax, iban_countries, reason_letters_min } = data.servers.payments;
  const large = rule('servers.payments.large_refund');
  const payout = rule('servers.payments.payout');
  const small = rule('servers.payments.small_refund');
  const reasonMissing = rule('servers.payments.refund_reason_missing');
  const country = rule('servers.payments.payout_country');
  return ({ action: { tool_name, args } }, found) => {
    if (tool_name === 'refund') {
      const amount = ownOf(args, 'amount_cents');
      if (typeof amount === 'number') found.push(amount > smallMax ? large : small);
      const reason = ownOf(args, 'reason');
      if (typeof reason !== 'string' || lengthOf(reason.trim()) < reason_letters_min)
        found.push(reasonMissing);
    } else if (tool_name === 'payout') {
      found.push(payout);
      const iban = ownOf(args, 'iban');
      if (typeof iban !== 'string' || !iban_countries.some((code) => iban.toUpperCase().startsWith(code)))
        found.push(country);
    }
  };
}

function filesystem(data: CompanyData, rule: RuleFinder): Judge {
  const { writable_folder, writable_endings, write_tools, files_max } = data.servers.filesystem;
  const needed = new Map(Object.entries(data.servers.filesystem.path_arguments));
  const missing = rule('servers.filesystem.path_missing');
  const hidden = rule('servers.filesystem.hidden_file');
  const outside = rule('servers.filesystem.write_outside_drafts');
  const kind = rule('servers.filesystem.file_kind');
  const tooMany = rule('servers.filesystem.too_many_files');
  const move = rule('servers.filesystem.move');
  const isHidden = (path: string) =>
    path !== '.' && path.split('/').some((name) => name.startsWith('.') && name !== '..');
  const isDocument = (path: string) => writable_endings.some((ending) => path.endsWith(ending));
  return ({ action: { tool_name, args } }, found) => {
    const isMissing = (name: string) => {
      const given = ownOf(args, name);
      return given === undefined || given === '' || given === null;
    };
    if (needed.get(tool_name)?.some(isMissing) === true) found.push(missing);
    const named = pathsOf(args);
    if (named.some(isHidden)) found.push(hidden);
    if (write_tools.includes(tool_name) && named.some((path) => !path.startsWith(writable_folder)))
      found.push(outside);
    if ((tool_name === 'write_file' || tool_name === 'edit_file') && !named.every(isDocument))
      found.push(kind);
    const several = ownOf(args, 'paths');
    if (Array.isArray(several) && several.length > files_max) found.push(tooMany);
    if (tool_name === 'move_file') found.push(move);
  };
}

/** The length in code points. */
const lengthOf = (text: string): number => [...text].length;
