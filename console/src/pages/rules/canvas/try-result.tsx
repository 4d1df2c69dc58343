import type { RuleKindWords, RuleModel, RuleTried, RuleValueJson } from '#/api/rule-model-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { Tag } from '#/parts/tag.tsx'
import { nodeById, waysOf } from './graph.ts'
import { ownNames, textOfValue } from './values.ts'

/** What came of an input, and the way that led there. */
export function TryResult({
  kind,
  model,
  tried,
  onGo,
}: {
  readonly kind: RuleKindWords
  readonly model: RuleModel
  readonly tried: RuleTried
  readonly onGo: (node: string) => void
}) {
  const { t, pick } = useWording()
  const { decision, words } = tried
  const types = new Map([...ownNames(model), ...kind.values].map((one) => [one.name, one]))
  const valueText = (name: string, value: RuleValueJson): string =>
    textOfValue(value, types.get(name)?.type ?? 'text', model.currency) || '—'
  return (
    <section aria-label={t('canvas.try.result')} aria-live="polite" className="hf-rule-form">
      <div className="hf-rule-row">
        <Tag tone={decision.outcome === 'decided' ? 'good' : 'wait'} dot>
          {t(decision.outcome === 'decided' ? 'canvas.try.decided' : 'canvas.try.review')}
        </Tag>
        <strong>{pick(words)}</strong>
      </div>
      {decision.reason ? (
        <div>
          {pick(decision.reason.words)} <code>{decision.reason.code}</code>
        </div>
      ) : null}
      {Object.entries(decision.values).map(([name, value]) => {
        const known = types.get(name)
        return (
          <div key={name}>
            <span className="hf-faint">{known ? pick(known.label) : name}</span> {valueText(name, value)}
          </div>
        )
      })}
      {decision.actions.map(({ node, action, params }, i) => {
        const known = kind.actions.find(({ name }) => name === action)
        const said = Object.entries(params).map(([name, value]) => {
          const param = known?.params.find((one) => one.name === name)
          const type = param?.type === 'lines' ? 'texts' : (param?.type ?? 'text')
          return `${param ? pick(param.label) : name} ${textOfValue(value, type, model.currency) || t('canvas.try.noLines')}`
        })
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same action may come twice
          <div key={`${node} ${i}`}>
            <span className="hf-faint">{known ? pick(known.label) : action}</span> {said.join(' · ')}
          </div>
        )
      })}
      <h3>{t('canvas.try.path')}</h3>
      <ol className="hf-try-path">
        {decision.path.map((step, i) => {
          const node = nodeById(model, step.node)
          const way = node
            ? waysOf(node).find(({ id, said }) => id === step.way || said.includes(step.way ?? ''))
            : null
          const wayWord =
            way?.role === 'branch'
              ? way.label
              : way?.role === 'otherwise'
                ? t('canvas.way.otherwise')
                : way?.role === 'missing'
                  ? t('canvas.way.missing')
                  : ''
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place
            <li key={i}>
              <span className="hf-faint">{i + 1}.</span>
              <button type="button" onClick={() => onGo(step.node)}>
                {node?.label || step.node}
              </button>
              {step.row === undefined ? null : (
                <span className="hf-faint">{t('canvas.try.row', { n: step.row + 1 })}</span>
              )}
              {wayWord === '' ? null : <span className="hf-faint">→ {wayWord}</span>}
            </li>
          )
        })}
      </ol>
    </section>
  )
}
