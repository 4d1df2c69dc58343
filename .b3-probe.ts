import { FREIGHT_KIND as freightKind } from '#features/freight/core/kind.ts'
import { checkModel, quickCheck } from '#platform/rules/check.ts'
import { compileModel } from '#platform/rules/compile.ts'
import { parseModel, hashOfModel } from '#platform/rules/parse-model.ts'
import { textOfModel } from '#platform/rules/model-text.ts'
import { diffModels } from '#features/rulebook/core/diff.ts'
for (const t of freightKind.templates) {
  const m = t.model
  console.log(t.id, m.nodes.length, m.tables.map(x=>[x.id,x.keys.length,x.rows.length]))
  for (const n of [0, 3000, 20000]) {
    const model = { ...m, tables: m.tables.map((x) => ({ ...x, rows: [...x.rows, ...Array.from({length:n},(_, i)=> [...x.keys.map((k)=> k.type==='int'? String(1000+i) : '城'+i), ...x.columns.map((c)=> c.type==='bool'?'true':String(i % 97))])] })) }
    const time = (name: string, f: () => unknown) => { const s = performance.now(); const r = f(); console.log(' ', n, name, Math.round(performance.now()-s), 'ms', r && typeof r === 'object' && 'complete' in r ? JSON.stringify({c:(r as any).complete, t:(r as any).tried, b:(r as any).boundaries.length, f:(r as any).findings.map((x:any)=>x.code)}) : '') ; return r }
    const parsed: any = time('parse', () => parseModel(JSON.parse(JSON.stringify(model))))
    if (!parsed.ok) { console.log(parsed); continue }
    time('hash', () => hashOfModel(parsed.value))
    time('compile', () => compileModel(freightKind, parsed.value))
    time('quick', () => quickCheck(freightKind, parsed.value))
    time('check', () => checkModel(freightKind, parsed.value))
    time('diff', () => diffModels(m, parsed.value, textOfModel))
  }
}
