/** What `decode` and `encode` read, and how they answer for what cannot be used. */
import { readFileSync } from 'node:fs'
import { SojournError } from '#core/error.ts'
import { WireError } from '#wire/wire-error.ts'

export class InputError extends SojournError {
  /** The character of the text at which the fault was noticed. */
  readonly offset: number

  constructor(message: string, offset: number) {
    super('cli/input', message)
    this.offset = offset
  }
}

const standardInput = 0

export function readStandardInput(): string {
  return readFileSync(standardInput, 'utf8')
}

/** The bytes of hexadecimal text, in words that may begin with 0x. @throws InputError cli/input */
export function parseHex(text: string): Buffer {
  const digits: string[] = []
  for (const { 0: word, index } of text.matchAll(/\S+/g)) {
    const prefix = /^0x/i.test(word) ? 2 : 0
    const stray = word.slice(prefix).search(/[^0-9a-f]/i)
    if (stray >= 0)
      throw new InputError(
        `the text is not hexadecimal: "${word[prefix + stray]}" is no digit of it`,
        index + prefix + stray,
      )
    digits.push(word.slice(prefix))
  }
  const hex = digits.join('')
  if (hex.length % 2 !== 0)
    throw new InputError(`the text is not hexadecimal: ${hex.length} digits are no whole bytes`, text.length)
  return Buffer.from(hex, 'hex')
}

/** @throws InputError cli/input */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new InputError(
      `the text is not JSON: ${error instanceof Error ? error.message : error}`,
      text.length,
    )
  }
}

/**
 * Prints what `answer` gives. Input that cannot be used is answered with a JSON object instead, `{ code, offset, message }` (the byte of
 * the message, or the character of the text), and exit code 1.
 */
export function printAnswer(answer: () => string): void {
  try {
    console.log(answer())
  } catch (error) {
    if (!(error instanceof WireError || (error instanceof SojournError && error.code === 'cli/input')))
      throw error
    const { code, message } = error
    const offset = error instanceof WireError || error instanceof InputError ? { offset: error.offset } : {}
    console.log(JSON.stringify({ code, ...offset, message }, null, 2))
    process.exitCode = 1
  }
}
