import type { AvpRow } from '#wire/diameter/avp-table.ts'
import { sojournAvps } from '#wire/diameter/dictionary/sojourn.ts'

export const dictionaryFile = new URL('../docs/wireshark/sojourn.xml', import.meta.url)

const vendor = 'Sojourn'

/** Wireshark's Diameter dictionary (its dictionary.dtd) of the AVPs in wire/diameter/dictionary/sojourn.ts. */
export function wiresharkDictionary(): string {
  const avps: [string, AvpRow][] = Object.entries(sojournAvps)
  const code = sojournAvps['Service-Profile'].vendorId
  return `<?xml version="1.0" encoding="UTF-8"?>
<!-- Written by \`node scripts/wireshark-dictionary.ts\` from wire/diameter/dictionary/sojourn.ts. -->
<vendor vendor-id="${vendor}" code="${code}" name="${vendor}">
${avps.map(avpElement).join('\n')}
</vendor>
`
}

function avpElement([name, row]: [string, AvpRow]): string {
  const content =
    row.type === 'Grouped'
      ? `<grouped>${Object.keys(row.members ?? {})
          .map((member) => `<gavp name="${member}"/>`)
          .join('')}</grouped>`
      : `<type type-name="${row.type}"/>`
  const mandatory = row.mandatory ? 'must' : 'mustnot'
  return `  <avp name="${name}" code="${row.code}" mandatory="${mandatory}" vendor-bit="must" vendor-id="${vendor}">${content}</avp>`
}
