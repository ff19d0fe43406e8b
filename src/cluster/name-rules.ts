/** What Kubernetes calls a name: rules with the texts of apimachinery's `util/validation` (1.36). */

/** Texts of the rules that a value breaks; none when it is good. */
export type NameRule = (value: string) => readonly string[];

const labelForm = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomainForm = `${labelForm}(\\.${labelForm})*`;
const keyForm = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const configKeyForm = '[-._a-zA-Z0-9]+';

const whole = (form: string) => new RegExp(`^${form}$`);
const label = whole(labelForm);
const subdomain = whole(subdomainForm);
const key = whole(keyForm);
const configKey = whole(configKeyForm);

const maxLabelBytes = 63;
const maxSubdomainBytes = 253;

/** Names of most objects: Secret, ServiceAccount, Pod, node. */
export const dns1123Subdomain: NameRule = (value) => [
  ...tooLong(value, maxSubdomainBytes, 'characters'),
  ...subdomainForms(value),
];

const subdomainForms: NameRule = (value) =>
  unless(
    subdomain.test(value),
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
    subdomainForm,
    'example.com',
  );

/** Names of containers, volumes and namespaces. */
export const dns1123Label: NameRule = (value) => [
  ...tooLong(value, maxLabelBytes, 'characters'),
  ...(subdomain.test(value) && value.includes('.')
    ? ['must not contain dots']
    : unless(
        label.test(value),
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
        labelForm,
        'my-name',
        '123-abc',
      )),
];

/** Keys of `data` in Secrets and ConfigMaps. */
export const configMapKey: NameRule = (value) => [
  ...tooLong(value, maxSubdomainBytes, 'characters'),
  ...unless(
    configKey.test(value),
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
    configKeyForm,
    'key.name',
    'KEY_NAME',
    'key-name',
  ),
  ...changesDirectory(value),
];

/** Keys of labels, annotations and node selectors: `app`, `example.com/app`. */
export const labelKey: NameRule = (value) => {
  const parts = value.split('/');
  const form = formProblem(keyProblem, keyForm, ['MyName', 'my.name', '123-abc']);
  if (parts.length > 2) {
    return [
      `a valid label key ${form} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const [prefix, name = ''] = parts.length === 2 ? parts : [undefined, parts[0]];
  const named = name === '' ? [notEmpty] : tooLong(name, maxLabelBytes, 'bytes');
  const formed = key.test(name) ? [] : [form];
  return [...prefixProblems(prefix), ...[...named, ...formed].map((text) => `name part ${text}`)];
};

/** Values of labels and node selectors. */
export const labelValue: NameRule = (value) => [
  ...tooLong(value, maxLabelBytes, 'bytes'),
  ...unless(
    value === '' || key.test(value),
    `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character`,
    `(${keyForm})?`,
    'MyValue',
    'my_value',
    '12345',
  ),
];

/** Names of container ports (IANA service names). */
export const portName: NameRule = (value) => [
  ...tooLong(value, 15, 'characters'),
  ...(/^[-a-z0-9]+$/.test(value)
    ? []
    : ['must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)']),
  ...(/[a-z]/.test(value) ? [] : ['must contain at least one letter (a-z)']),
  ...(value.includes('--') ? ['must not contain consecutive hyphens'] : []),
  ...(value.startsWith('-') || value.endsWith('-') ? ['must not begin or end with a hyphen'] : []),
];

/** With `generateName` the API server appends five characters, so its last one may be a dash. */
export const asPrefix = (name: string): string =>
  name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name;

const notEmpty = 'must be non-empty';
const keyProblem =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

function prefixProblems(prefix: string | undefined): readonly string[] {
  if (prefix === undefined) return [];
  const problems =
    prefix === '' ? [notEmpty] : [...tooLong(prefix, maxSubdomainBytes, 'bytes'), ...subdomainForms(prefix)];
  return problems.map((text) => `prefix part ${text}`);
}

/** `..` would climb out of the directory that a volume makes of the keys. */
function changesDirectory(value: string): readonly string[] {
  if (value === '.') return ["must not be '.'"];
  if (value === '..') return ["must not be '..'"];
  return value.startsWith('..') ? ["must not start with '..'"] : [];
}

const utf8Length = (value: string) => new TextEncoder().encode(value).length;

/** All lengths are counted in bytes; the newer texts of 1.36 say so, the older ones say characters. */
const tooLong = (value: string, maxBytes: number, unit: 'bytes' | 'characters'): readonly string[] =>
  value.length * 3 > maxBytes && utf8Length(value) > maxBytes
    ? [`must be no more than ${maxBytes} ${unit}`]
    : [];

const unless = (
  good: boolean,
  rule: string,
  form: string,
  ...examples: readonly string[]
): readonly string[] => (good ? [] : [formProblem(rule, form, examples)]);

const formProblem = (rule: string, form: string, examples: readonly string[]): string =>
  `${rule} (e.g. ${examples.map((example) => `'${example}', `).join(' or ')}regex used for validation is '${form}')`;
