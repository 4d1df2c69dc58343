// Plants faults in the product while it is loaded; no file changes.
// Usage: node --import file:///.../sim/mutants/plant.ts?plant=stock.a+stock.b <whatever>
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { mutantsNamed } from './catalogue.ts'
import { type Mutant, PLANTED, planted } from './mutant.ts'

const ROOT = new URL('../../', import.meta.url).href
const asked = new URL(import.meta.url).searchParams.get('plant') ?? ''
// A plus sign in an address may come back as a blank.
const byUrl = Map.groupBy(mutantsNamed(asked.replaceAll(' ', '+')), ({ file }) => ROOT + file)

registerHooks({
  load: (url, context, next) => {
    const mutants = byUrl.get(url.split('?')[0] ?? url)
    if (mutants === undefined) return next(url, context)
    const source = mutants.reduce(plantOne, readFileSync(fileURLToPath(url), 'utf8'))
    return { format: 'module-typescript', source, shortCircuit: true }
  },
})

function plantOne(source: string, mutant: Mutant): string {
  const done = planted(source, mutant)
  if (!done.ok) throw new Error(`${mutant.id}: its passage is ${done.why} in ${mutant.file}`)
  process.stderr.write(`${PLANTED}${mutant.id}\n`)
  return done.text
}
