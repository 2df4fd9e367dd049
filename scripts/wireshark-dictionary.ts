/** Writes docs/wireshark/sojourn.xml, a dictionary of Sojourn's own AVPs for Wireshark, from their table. */
import { writeFileSync } from 'node:fs'
import { dictionaryFile, wiresharkDictionary } from './wireshark-dictionary-text.ts'

writeFileSync(dictionaryFile, wiresharkDictionary())
