import type { Command } from './command.ts'

export type CommandEntry = {
  readonly name: string
  readonly summary: string
  readonly load: () => Promise<Command>
}

/** Every command, in the order of the help text. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'serve',
    summary: 'start the hub',
    load: async () => (await import('./serve.ts')).serveCommand,
  },
  {
    name: 'demo',
    summary: 'start hub and simulated shops, warehouses and carriers on a fresh data folder',
    load: async () => (await import('./serve.ts')).demoCommand,
  },
  {
    name: 'drill',
    summary: 'practise an incident in a sandbox, check or record scenarios',
    load: async () => (await import('./drill.ts')).drillCommand,
  },
  {
    name: 'import',
    summary: 'import orders from a CSV or XLSX file',
    load: async () => (await import('./import.ts')).importCommand,
  },
  {
    name: 'recover',
    summary: 'merge a spool folder of this or another machine into the database',
    load: async () => (await import('./recover.ts')).recoverCommand,
  },
  {
    name: 'restored',
    summary: 'say that the database was restored: what may have been sent is asked for first',
    load: async () => (await import('./restored.ts')).restoredCommand,
  },
  {
    name: 'spool',
    summary: 'show or export what is kept on disk while the database is away',
    load: async () => (await import('./spool.ts')).spoolCommand,
  },
  {
    name: 'doctor',
    summary: 'run every check of the running hub and say what to do first',
    load: async () => (await import('./doctor.ts')).doctorCommand,
  },
  {
    name: 'config',
    summary: 'show every setting, its value and where it comes from',
    load: async () => (await import('./config.ts')).configCommand,
  },
  {
    name: 'status',
    summary: 'show how a running hub is',
    load: async () => (await import('./status.ts')).statusCommand,
  },
  {
    name: 'user',
    summary: 'list, add and change the people who may sign in',
    load: async () => (await import('./user.ts')).userCommand,
  },
  {
    name: 'rules',
    summary: 'list, check, try, publish and roll back rule sets',
    load: async () => (await import('./rules.ts')).rulesCommand,
  },
  {
    name: 'numbers',
    summary: 'list stocks of waybill numbers and add segments',
    load: async () => (await import('./numbers.ts')).numbersCommand,
  },
  {
    name: 'try',
    summary: 'read times, signatures, messages or try rules on orders, without touching data',
    load: async () => (await import('./try.ts')).tryCommand,
  },
]
