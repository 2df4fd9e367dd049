import { SojournError } from '#core/error.ts'

/** What went wrong in the lab itself (its codes begin with `lab/`): the kernel, a missing program, a command, a time-out, a wrong option. */
export class LabError extends SojournError {}
