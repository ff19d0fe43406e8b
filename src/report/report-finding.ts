import type { SourceLocation } from '../cluster/source.js';
import type { Finding } from '../diagnosis/finding.js';
import type { ReportedFinding, ReportedSource } from './check-report.js';

/** A finding as the report has it. */
export function reportFinding({ rule, severity, container, message, fix, source }: Finding): ReportedFinding {
  return {
    rule,
    severity,
    ...(container !== undefined && { container }),
    message,
    fix,
    ...(source !== undefined && { source: reportSource(source) }),
  };
}

/** A place as the report has it: file and line. */
export const reportSource = ({ file, line, template }: SourceLocation): ReportedSource => ({
  file,
  line,
  ...(template !== undefined && { template }),
});
