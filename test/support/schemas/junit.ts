/** JUnit XML as Jenkins' schema junit-10.xsd allows it: elements, their attributes and what may stand in them. */
interface ElementRule {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  /** `#text` for character data. */
  readonly content: readonly string[];
}

const counts = ['tests', 'failures', 'errors'];
const outcome: ElementRule = { required: [], optional: ['type', 'message'], content: ['#text'] };

const rules: Readonly<Record<string, ElementRule>> = {
  testsuites: { required: [], optional: ['name', 'time', ...counts], content: ['testsuite'] },
  testsuite: {
    required: ['name', ...counts],
    optional: ['group', 'time', 'skipped', 'timestamp', 'hostname', 'id', 'package', 'file', 'log', 'url'],
    content: ['testsuite', 'properties', 'testcase', 'system-out', 'system-err'],
  },
  testcase: {
    required: ['name'],
    optional: ['time', 'classname', 'group'],
    content: ['skipped', 'error', 'failure', 'system-out', 'system-err'],
  },
  failure: outcome,
  error: outcome,
  skipped: outcome,
  'system-out': { required: [], optional: [], content: ['#text'] },
  'system-err': { required: [], optional: [], content: ['#text'] },
};

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

/** Reads XML 1.0 without comments, CDATA and doctype; throws where it is not well formed. */
export function readXml(xml: string): XmlElement {
  const body = xml.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '');
  if (body === xml) throw new Error('no XML declaration');
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u.test(body))
    throw new Error('a character that XML does not know');
  const open: { name: string; attributes: Record<string, string>; children: XmlElement[]; text: string }[] = [
    { name: '', attributes: {}, children: [], text: '' },
  ];
  let end = 0;
  for (const { 0: tag, 1: closing, 2: name = '', 3: rest = '', 4: empty, index } of body.matchAll(
    /<(\/?)([\w-]+)((?: [\w-]+="[^"<]*")*)(\/?)>/g,
  )) {
    open.at(-1)!.text += unescapeXml(body.slice(end, index));
    end = index + tag.length;
    if (closing === '/') {
      const done = open.pop()!;
      if (done.name !== name) throw new Error(`</${name}> closes <${done.name}>`);
      continue;
    }
    const pairs = [...rest.matchAll(/ ([\w-]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [
      key,
      unescapeXml(value),
    ]);
    const attributes = Object.fromEntries(pairs) as Record<string, string>;
    if (Object.keys(attributes).length !== pairs.length) throw new Error(`<${name}> repeats an attribute`);
    const element = { name, attributes, children: [], text: '' };
    open.at(-1)!.children.push(element);
    if (empty !== '/') open.push(element);
  }
  if (body.slice(end).trim() !== '' || open.length !== 1) throw new Error('something is not closed');
  return open[0]!.children[0]!;
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' };

function unescapeXml(text: string): string {
  if (text.includes('<')) throw new Error(`a bare < in ${text}`);
  return text.replace(/&(?:#(\d+);|(\w+);)?/g, (whole, code?: string, name = '') => {
    const character = code === undefined ? entities[name] : String.fromCodePoint(Number(code));
    if (character === undefined) throw new Error(`a bare & or unknown entity: ${whole}`);
    return character;
  });
}

/** Where an element is not as the schema wants it; empty when all is well. */
export function junitViolations(element: XmlElement): string[] {
  const rule = rules[element.name];
  if (rule === undefined) return [`unknown element ${element.name}`];
  const given = Object.keys(element.attributes);
  return [
    ...rule.required.filter((name) => !given.includes(name)).map((name) => `${element.name} has no ${name}`),
    ...given
      .filter((name) => ![...rule.required, ...rule.optional].includes(name))
      .map((name) => `${element.name} may not have ${name}`),
    ...(rule.content.includes('#text') || element.text.trim() === ''
      ? []
      : [`${element.name} may not hold text`]),
    ...element.children
      .filter(({ name }) => !rule.content.includes(name))
      .map(({ name }) => `${name} may not stand in ${element.name}`),
    ...element.children.flatMap(junitViolations),
  ];
}
