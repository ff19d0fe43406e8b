import { readFileSync } from 'node:fs';
import {
  type KubeletConfigurationDocument,
  KubeletConfigurationError,
  kubeletConfiguration,
} from '../kubelet/configuration.js';
import type { KubeletRelease } from '../versions/kubelet.js';
import { readLocatedYaml } from './located-yaml.js';
import type { WorldNode } from './world.js';
import { WorldError } from './world-file.js';

/**
 * The image fields of a node's `KubeletConfiguration` file; none without a file.
 *
 * @throws {@link WorldError} with the kubelet's words when it would not start
 */
export function readKubeletConfig(
  { kubeletConfig: file }: Pick<WorldNode, 'kubeletConfig'>,
  release: KubeletRelease,
): KubeletConfigurationDocument {
  if (file === undefined) return {};
  const { value, problems } = readLocatedYaml(readFileSync(file, 'utf8'), file);
  if (problems.length > 0) throw new WorldError(problems);
  const document = (value ?? {}) as KubeletConfigurationDocument & { kind?: string };
  if (typeof document !== 'object' || document.kind !== 'KubeletConfiguration')
    throw new WorldError([{ message: 'not a KubeletConfiguration', source: { file, line: 1 } }]);
  try {
    kubeletConfiguration(document, release);
  } catch (error) {
    if (!(error instanceof KubeletConfigurationError)) throw error;
    throw new WorldError([{ message: error.message, source: { file, line: 1 } }]);
  }
  return document;
}
