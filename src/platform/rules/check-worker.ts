import { parentPort } from 'node:worker_threads'
import type { RuleKind, RuleModel } from '#domain/rulebook.ts'
import { checkModel } from './check.ts'

// Beside the process that takes orders: a look at every class of inputs takes a second, and an order may not wait so long.

parentPort?.on('message', ({ kind, model }: { kind: RuleKind; model: RuleModel }) => {
  parentPort?.postMessage(checkModel(kind, model))
})
