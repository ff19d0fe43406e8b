import type { Rule } from './rule.js';
import { contentRules } from './rules/content-rules.js';
import { credentialRules } from './rules/credential-rules.js';
import { generatorRules } from './rules/generator-rules.js';
import { inputRules } from './rules/input-rules.js';
import { keyRules } from './rules/key-rules.js';
import { lastResort } from './rules/last-resort.js';
import { nameRules } from './rules/name-rules.js';
import { networkRules } from './rules/network-rules.js';
import { nodeRules } from './rules/node-rules.js';
import { referenceRules } from './rules/reference-rules.js';
import { secretRules } from './rules/secret-rules.js';

/** Every rule, in the order in which findings are told: names first, because nothing else matters before them. */
export const rules: readonly Rule[] = [
  ...nameRules,
  ...referenceRules,
  ...secretRules,
  ...generatorRules,
  ...keyRules,
  ...credentialRules,
  ...contentRules,
  ...networkRules,
  ...nodeRules,
  lastResort,
  ...inputRules,
];

/** A rule by its id, whatever the case; `undefined` when there is none. */
export const findRule = (id: string): Rule | undefined => rules.find((rule) => rule.id === id.toUpperCase());
