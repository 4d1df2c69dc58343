// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are passages of source code
import type { Mutant } from './mutant.ts'

export const INTAKE_MUTANTS: readonly Mutant[] = [
  {
    id: 'intake.redelivery-is-new',
    area: 'intake',
    file: 'src/platform/inbox/store.ts',
    find: 'const key = hashToUuid(`${arrival.connection}\\n${arrival.dedupKey}`)',
    put: 'const key = hashToUuid(`${arrival.connection}\\n${arrival.dedupKey}\\n${arrival.receivedAt}`)',
    says: 'the dedup key counts only within one instant, so a redelivery is kept and interpreted as a new message',
  },
  {
    id: 'intake.acknowledged-unkept',
    area: 'intake',
    file: 'src/features/intake/receive.ts',
    find: `      reply: connected.connector.retryReply,
      refusal: { code: error.code, detail: error.message },`,
    put: `      reply: receipt.reply,
      refusal: null,`,
    says: 'a message that could not be kept is acknowledged, and its sender never sends it again',
    unseen: 'while the database is away the spool takes messages; the chaos run fills its disk as well',
  },
  {
    id: 'intake.parked-is-done',
    area: 'intake',
    file: 'src/features/intake/interpret.ts',
    find: 'tasks.map((task) => task.number).filter((number) => !parked.has(number)),',
    put: 'tasks.map((task) => task.number),',
    says: 'a parked message loses its task as if it were done, and nobody can decide or replay it',
  },
  {
    id: 'intake.unknown-code-guessed',
    area: 'intake',
    file: 'src/features/orders/core/claims-to-facts.ts',
    find: 'const kind = rules.get(claim.code)',
    put: "const kind = rules.get(claim.code) ?? 'in_transit'",
    says: 'a code that nobody has decided is read as "in transit"',
  },
  {
    id: 'intake.facts-after-orders',
    area: 'intake',
    file: 'src/features/intake/interpret.ts',
    find: `  await commitFacts(deps.db, contributions)
  await deriveTouched(tx, deps, contributions)
  await rememberSubjects(tx, outcomes.flatMap(searchableSubjects))`,
    put: `  await deriveTouched(tx, deps, contributions)
  await commitFacts(deps.db, contributions)
  await rememberSubjects(tx, outcomes.flatMap(searchableSubjects))`,
    says: 'orders are derived before the facts of the batch are there, so each stands one message behind',
  },
  {
    id: 'intake.poll-first-page-only',
    area: 'intake',
    file: 'src/features/pull/poll-updates.ts',
    find: 'if (answer.value.next === null) return { messages,',
    put: 'if (answer.value.next !== undefined) return { messages,',
    says: 'a poll reads the first page of a window and moves on; what was lost in pushes and stands on a later page is never found',
  },
  {
    id: 'intake.poll-passes-over-refusals',
    area: 'intake',
    file: 'src/features/pull/poll-updates.ts',
    find: 'if (!answer.ok) return { ...soFar, trouble: `${answer.refusal.code}: ${answer.refusal.detail}` }',
    put: 'if (!answer.ok) return { ...soFar, isWhole: true, trouble: null }',
    says: 'the cursor moves over a window that the platform refused to list',
  },
  {
    id: 'intake.replay-keeps-silenced',
    area: 'intake',
    file: 'src/features/intake/read-task.ts',
    find: 'silenced: task.replay ? silenced : [],',
    put: 'silenced: [],',
    says: 'facts whose code was since decided to say nothing stay, however often the message is replayed',
  },
  {
    id: 'intake.spool-acknowledges-first',
    area: 'intake',
    file: 'src/platform/spool/spool.ts',
    find: '        if (waiting.length === 1) setImmediate(() => void pump())',
    put: `        if (waiting.length === 1) setImmediate(() => void pump())
        resolve({ id: messageId('spool-0-0'), verdict: arrival.verdict })`,
    says: 'while the database is away a sender is acknowledged before its message is on the disk',
    unseen: "a disk that dies between two writes is the chaos run's",
  },
]
