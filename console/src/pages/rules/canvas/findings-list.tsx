import { CheckCircleOutlined } from '@ant-design/icons'
import { Button } from 'antd'
import type { RuleFinding, RuleInputJson, RuleKindWords, RuleModel } from '#/api/rule-model-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { nodeById } from './graph.ts'
import type { CheckState } from './use-rule-check.ts'
import { namesUsed, textOfValue } from './values.ts'

/** What the check found, worst first; each leads to its node, and its example to the try panel or the cases. */
export function FindingsList({
  kind,
  model,
  findings,
  state,
  onGo,
  onTry,
  onAddCase,
}: {
  readonly kind: RuleKindWords
  readonly model: RuleModel
  readonly findings: readonly RuleFinding[]
  readonly state: CheckState
  readonly onGo: (node: string) => void
  readonly onTry: (input: RuleInputJson) => void
  readonly onAddCase: ((name: string, input: RuleInputJson) => void) | undefined
}) {
  const { t, pick } = useWording()
  const { check, running, error } = state
  const used = namesUsed(model)
  const sorted = [...findings].sort((a, b) => Number(a.level === 'warning') - Number(b.level === 'warning'))
  return (
    <div className="hf-rule-form" aria-live="polite" aria-busy={running}>
      {error ? <ProblemNotice error={error} /> : null}
      {running ? <span className="hf-faint">{t('canvas.check.running')}</span> : null}
      {!running && !error && check && findings.length === 0 ? (
        <TeachingEmpty
          icon={<CheckCircleOutlined />}
          title={t('canvas.check.clean')}
          hint={t(check.complete ? 'canvas.check.cleanHint' : 'canvas.check.partial', { tried: check.tried })}
        />
      ) : null}
      {sorted.map((finding, i) => {
        const { node, level, words, code, example } = finding
        const name = nodeById(model, node)?.label ?? t('canvas.check.whole')
        return (
          <section
            // biome-ignore lint/suspicious/noArrayIndexKey: findings have no name of their own
            key={i}
            className={`hf-rule-finding hf-rule-finding-${level}`}
            aria-label={pick(words)}
          >
            <div>
              <strong>{name}</strong> <code>{code}</code>
            </div>
            <div>{pick(words)}</div>
            {example ? (
              <div className="hf-faint">
                {t('canvas.check.example')}
                {exampleWords(example, kind, used, pick)}
              </div>
            ) : null}
            <div className="hf-rule-actions">
              {node === null ? null : <Button onClick={() => onGo(node)}>{t('canvas.check.go')}</Button>}
              {example ? <Button onClick={() => onTry(example)}>{t('canvas.check.try')}</Button> : null}
              {example && onAddCase ? (
                <Button onClick={() => onAddCase(exampleWords(example, kind, used, pick), example)}>
                  {t('canvas.check.addCase')}
                </Button>
              ) : null}
            </div>
          </section>
        )
      })}
    </div>
  )
}

/** The part of an input that the model looks at. */
function exampleWords(
  input: RuleInputJson,
  kind: RuleKindWords,
  used: ReadonlySet<string>,
  pick: (text: { readonly zh: string; readonly en: string }) => string,
): string {
  return kind.variables
    .filter(({ name }) => used.has(name) && name in input.values)
    .map(({ name, label, type }) => {
      const text = textOfValue(input.values[name], type, input.currency)
      return `${pick(label)}=${text === '' ? '—' : text}`
    })
    .join(', ')
}
