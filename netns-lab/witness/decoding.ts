import { decodeCaptures } from './capture.ts'
import type { Witness } from './witness.ts'

/** What tshark marks as malformed, and errors (Wireshark's severity 0x800000) that its dissectors of our protocols report. */
const faults = '_ws.malformed || (_ws.expert.severity == 8388608 && (diameter || mip || icmp))'
const fields = ['frame.number', 'ip.src', 'ip.dst', '_ws.col.Info', '_ws.expert.message'] as const

/** The end of every scenario: tshark has understood all that was captured. */
export async function checkDecoding(witness: Witness): Promise<void> {
  if (witness.captureFiles.length === 0) return
  const { finished, rows } = await decodeCaptures(witness.reportFolder, witness.captureFiles, faults, fields)
  witness.report.evidence({ host: '', command: finished.command, output: finished.output })
  const seen = rows.slice(0, 5).map((row) => row.map((cell) => cell.join(' ')).join(' '))
  witness.check(
    'decodes',
    `Packets of the ${witness.captureFiles.length} captures that tshark marks as malformed or in error`,
    'none',
    seen.join('\n') || 'none',
  )
}
