import { RightOutlined } from '@ant-design/icons'
import { Skeleton } from 'antd'
import type { RuleModel, RulePathStep } from '#/api/rule-model-types.ts'
import { useDecidingVersion, useDecision } from '#/api/rules.ts'
import { useWording } from '#/i18n/language.tsx'
import { pathInWords } from './rule-words.ts'

/** The way that a decision took, node by node, in the words that the nodes carry. */
export function DecisionPath({
  model,
  path,
}: {
  readonly model: RuleModel | undefined
  readonly path: readonly RulePathStep[]
}) {
  const { t } = useWording()
  if (path.length === 0) return <p className="hf-faint">{t('decisions.noPath')}</p>
  return (
    <ol className="hf-path" aria-label={t('decisions.path')}>
      {pathInWords(model, path, t).map((step, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a path is a sequence, and a node stands in it once
        <li key={i}>
          {i > 0 ? <RightOutlined aria-hidden="true" /> : null}
          <span className="hf-path-step">
            <b>{step.label}</b>
            {step.way ? <span>{step.way}</span> : null}
          </span>
        </li>
      ))}
    </ol>
  )
}

/** The path of a kept decision, with what it needs read for it. */
export function KeptPath({
  decisionId,
  versionId,
}: {
  readonly decisionId: string
  readonly versionId: string
}) {
  const decision = useDecision(decisionId)
  const version = useDecidingVersion(versionId)
  if (!decision.data) return decision.error ? null : <Skeleton active title={false} paragraph={{ rows: 1 }} />
  return <DecisionPath model={version.data?.model} path={decision.data.decision.path} />
}
