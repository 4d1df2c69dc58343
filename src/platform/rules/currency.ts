import type { RuleKind, RuleModel, RuleNode } from '#domain/rulebook.ts'

const AMOUNT_CALL = /\b(?:yuan|amount)\s*\(/

/**
 * Whether a model speaks of amounts, and so means those of its own currency: it names one, asks for one, works one out or charges one. Notes,
 * tags and weights mean the same in every currency. In doubt it does: a label that names a variable is taken for one that asks for it.
 */
export function isBoundToCurrency(kind: RuleKind, model: RuleModel): boolean {
  if (model.nodes.some((node) => makesAmounts(kind, node))) return true
  if (model.tables.some((table) => table.columns.some(({ type }) => type === 'money'))) return true
  const text = JSON.stringify(model)
  return AMOUNT_CALL.test(text) || amountNames(kind).some((name) => text.includes(name))
}

function makesAmounts(kind: RuleKind, node: RuleNode): boolean {
  switch (node.type) {
    case 'set':
      return node.values.some(({ type }) => type === 'money')
    case 'table':
      return [...node.columns, ...node.outputs].some(({ type }) => type === 'money')
    case 'action':
      return kind.actions
        .filter(({ name }) => name === node.action)
        .some(({ params }) => params.some(({ type }) => type === 'money'))
    default:
      return false
  }
}

function amountNames(kind: RuleKind): string[] {
  return [...kind.variables, ...kind.lineVariables, ...kind.values]
    .filter(({ type }) => type === 'money')
    .map(({ name }) => name)
}
