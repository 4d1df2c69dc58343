import { CloseOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button, Select, Skeleton } from 'antd'
import { get } from '#/api/client.ts'
import type { RuleKind, RuleSet, VersionBrief } from '#/api/rule-types.ts'
import { RULES, useDecidingVersion, useDecision } from '#/api/rules.ts'
import { useCan } from '#/api/session.ts'
import type { Page } from '#/api/types.ts'
import type { RuleSetPlace } from '#/app/rule-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { DecisionPath } from '#/parts/decision-path.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { CodeTag } from '#/parts/tag.tsx'
import { DraftEditor } from './draft-editor.tsx'
import { ModelView } from './model-view.tsx'
import { useRuleVersion } from './rule-queries.ts'
import type { ChangePlace } from './rule-set-page.tsx'
import { useNewDraft } from './set-actions.tsx'

const OPEN_STATES: readonly string[] = ['draft', 'checked']

/** The canvas: the draft to write in, another version to read, or the way that one decision took. */
export function CanvasTab({
  set,
  kind,
  place,
  onPlace,
  onUnsaved,
}: {
  readonly set: RuleSet
  readonly kind: RuleKind
  readonly place: RuleSetPlace
  readonly onPlace: ChangePlace
  readonly onUnsaved: (unsaved: boolean) => void
}) {
  const { t } = useWording()
  const can = useCan()('rules:write')
  const shown = place.version ?? (set.draft ?? set.gray ?? set.live ?? set.previous)?.id
  const isDraft = shown !== undefined && shown === set.draft?.id
  const version = useRuleVersion(shown, isDraft ? set.draft?.revision : undefined)
  const draft = useNewDraft(set, (made) => onPlace({ version: made.id }))
  if (place.decision !== undefined)
    return (
      <LitDecision kind={kind} decisionId={place.decision} onClose={() => onPlace({ decision: undefined })} />
    )
  if (shown === undefined)
    return (
      <TeachingEmpty title={t('rules.noVersion.title')} hint={t('rules.noVersion.hint')}>
        {can ? (
          <Button type="primary" loading={draft.pending} onClick={() => draft.start(null)}>
            {t('rules.newDraft')}
          </Button>
        ) : null}
      </TeachingEmpty>
    )
  const { data } = version
  if (version.error && !data)
    return <ProblemNotice error={version.error} onRetry={() => void version.refetch()} />
  const picker = <VersionPicker set={set} shown={shown} onPick={(id) => onPlace({ version: id })} />
  if (isDraft && can && (data === undefined || OPEN_STATES.includes(data.state)))
    return (
      <DraftEditor
        key={shown}
        set={set}
        kind={kind}
        versionId={shown}
        picker={picker}
        onUnsaved={onUnsaved}
      />
    )
  return (
    <div className="hf-set-canvas">
      <div className="hf-canvas-bar">
        {picker}
        {data ? <CodeTag family="ruleState" code={data.state} dot /> : null}
        <span className="hf-faint">{data?.note || data?.retiredWords}</span>
        <span className="hf-push" />
        {can && !set.draft ? (
          <Button loading={draft.pending} onClick={() => draft.start(shown)}>
            {t('rules.draftFromThis')}
          </Button>
        ) : null}
      </div>
      <div className="hf-set-canvas-frame">
        {data ? <ModelView kind={kind} model={data.model} /> : <Skeleton active paragraph={{ rows: 10 }} />}
      </div>
    </div>
  )
}

function VersionPicker({
  set,
  shown,
  onPick,
}: {
  readonly set: RuleSet
  readonly shown: string
  readonly onPick: (id: string) => void
}) {
  const { t, word } = useWording()
  const { data } = useQuery({
    queryKey: ['rule-versions', set.id, set.revision, set.draft?.id ?? null],
    queryFn: ({ signal }) => get<Page<VersionBrief>>(`${RULES}/sets/${set.id}/versions`, {}, signal),
  })
  return (
    <Select
      aria-label={t('rules.version')}
      value={shown}
      onChange={onPick}
      options={(data?.items ?? []).map((one) => ({
        value: one.id,
        label: `v${one.number} · ${word('ruleState', one.state)}`,
      }))}
    />
  )
}

/** The version that decided for one order, with the way that it took lit. */
function LitDecision({
  kind,
  decisionId,
  onClose,
}: {
  readonly kind: RuleKind
  readonly decisionId: string
  readonly onClose: () => void
}) {
  const { t, pick } = useWording()
  const decision = useDecision(decisionId)
  const version = useDecidingVersion(decision.data?.versionId)
  const error = decision.error ?? version.error
  if (error) return <ProblemNotice error={error} onRetry={() => void decision.refetch()} />
  if (!decision.data || !version.data) return <Skeleton active paragraph={{ rows: 10 }} />
  const { data } = decision
  return (
    <div className="hf-set-canvas">
      <div className="hf-canvas-bar">
        <b className="hf-num">{t('decisions.of', { no: data.orderNo })}</b>
        <CodeTag family="ruleArm" code={data.arm} dot />
        <span className="hf-num">v{data.number}</span>
        <b>{pick(data.words)}</b>
        {data.outcome === 'review' ? <span className="hf-faint">{pick(data.reason)}</span> : null}
        <span className="hf-push" />
        <Link to="/decisions" search={{ orderNo: data.orderNo, open: data.id }}>
          {t('decisions.open')}
        </Link>
        <Button icon={<CloseOutlined />} onClick={onClose}>
          {t('decisions.endLit')}
        </Button>
      </div>
      <DecisionPath model={version.data.model} path={data.decision.path} />
      <div className="hf-set-canvas-frame hf-lit-frame">
        <ModelView kind={kind} model={version.data.model} litPath={data.decision.path} />
      </div>
    </div>
  )
}
