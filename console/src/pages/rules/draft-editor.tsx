import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Alert, App, Button, Skeleton, Space } from 'antd'
import { type ReactNode, useEffect, useState } from 'react'
import { write } from '#/api/client.ts'
import type { RuleDecisionJson, RuleInputJson, RuleModel } from '#/api/rule-model-types.ts'
import type { RuleKind, RuleSet, RuleVersion } from '#/api/rule-types.ts'
import { RULES } from '#/api/rules.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { Tag } from '#/parts/tag.tsx'
import type { Tone } from '#/theme/palette.ts'
import type { SaveState } from './autosave.ts'
import { ModelEditor } from './model-view.tsx'
import { useRuleVersion } from './rule-queries.ts'
import { useAutosave } from './use-autosave.ts'

const TONES: Readonly<Record<SaveState, Tone>> = {
  saved: 'good',
  saving: 'move',
  waiting: 'neutral',
  conflict: 'bad',
  failed: 'bad',
}

/** The draft on the canvas, saved as one goes. */
export function DraftEditor({
  set,
  kind,
  versionId,
  picker,
  onUnsaved,
}: {
  readonly set: RuleSet
  readonly kind: RuleKind
  readonly versionId: string
  readonly picker: ReactNode
  readonly onUnsaved: (unsaved: boolean) => void
}) {
  const version = useRuleVersion(versionId, set.draft?.revision)
  // The last that was read stays while a newer one comes: the canvas must not blink with every save.
  const [shown, setShown] = useState<RuleVersion | undefined>(version.data)
  useEffect(() => {
    if (version.data) setShown(version.data)
  }, [version.data])
  if (!shown)
    return version.error ? (
      <ProblemNotice error={version.error} onRetry={() => void version.refetch()} />
    ) : (
      <Skeleton active paragraph={{ rows: 10 }} />
    )
  return <OpenDraft set={set} kind={kind} version={shown} picker={picker} onUnsaved={onUnsaved} />
}

function OpenDraft({
  set,
  kind,
  version,
  picker,
  onUnsaved,
}: {
  readonly set: RuleSet
  readonly kind: RuleKind
  readonly version: RuleVersion
  readonly picker: ReactNode
  readonly onUnsaved: (unsaved: boolean) => void
}) {
  const { t } = useWording()
  const client = useQueryClient()
  const draft = useAutosave(set.id, version, (answer) => {
    client.setQueryData(['rule-version', version.id, answer.version.revision], answer.version)
  })
  const unsaved = draft.state !== 'saved'
  useEffect(() => {
    onUnsaved(unsaved)
    if (!unsaved) return
    const warn = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', warn)
    return () => {
      window.removeEventListener('beforeunload', warn)
      onUnsaved(false)
    }
  }, [unsaved, onUnsaved])
  const addCase = useAddCase(set.id, kind.kind, draft.model)
  return (
    <div className="hf-set-canvas">
      <div className="hf-canvas-bar">
        {picker}
        <span role="status" aria-live="polite">
          <Tag tone={TONES[draft.state]} dot>
            {t(`rules.save.${draft.state}`)}
          </Tag>
        </span>
        {version.basedOn === null ? null : (
          <span className="hf-faint">{t('rules.basedOn', { n: version.basedOn })}</span>
        )}
      </div>
      {draft.state === 'conflict' ? <Conflict set={set} kind={kind} draft={draft} /> : null}
      {draft.state === 'failed' ? <ProblemNotice error={draft.error} onRetry={draft.retry} /> : null}
      <div className="hf-set-canvas-frame">
        <ModelEditor
          kind={kind}
          model={draft.model}
          onChange={draft.edit}
          readOnly={false}
          onAddCase={(name, input) => addCase.mutate({ name, input })}
        />
      </div>
    </div>
  )
}

/** Two people in one draft: what is on this screen is not lost, whichever way is chosen. */
function Conflict({
  set,
  kind,
  draft,
}: {
  readonly set: RuleSet
  readonly kind: RuleKind
  readonly draft: ReturnType<typeof useAutosave>
}) {
  const { t } = useWording()
  const fail = useProblemToast()
  const { message } = App.useApp()
  const navigate = useNavigate()
  const copy = useMutation({
    mutationFn: () => keepAsCopy(set, kind, draft.model, t('rules.copyName', { name: set.name })),
    onError: fail,
    onSuccess: async (id) => {
      void message.success(t('rules.copied'))
      await draft.loadTheirs()
      void navigate({ to: '/rules/$setId', params: { setId: id }, search: { tab: 'canvas' } })
    },
  })
  return (
    <Alert
      type="warning"
      showIcon
      className="hf-problem"
      title={t('rules.conflict.title')}
      description={t('rules.conflict.hint')}
      action={
        <Space>
          <Button onClick={() => void draft.loadTheirs().catch(fail)}>{t('rules.conflict.theirs')}</Button>
          <Button loading={copy.isPending} onClick={() => copy.mutate()}>
            {t('rules.conflict.copy')}
          </Button>
          <Button danger onClick={() => void draft.insist().catch(fail)}>
            {t('rules.conflict.mine')}
          </Button>
        </Space>
      }
    />
  )
}

/** A rule set of its own that holds our content as its draft; switched off, since the place is taken. */
async function keepAsCopy(set: RuleSet, kind: RuleKind, model: RuleModel, name: string): Promise<string> {
  const copy = await write<RuleSet>('POST', `${RULES}/sets`, {
    kind: kind.kind,
    name,
    note: set.note,
    connectorKind: set.connectorKind,
    connectionId: set.connectionId,
    needsApproval: set.needsApproval,
    active: false,
  })
  const draft = await write<RuleVersion>('POST', `${RULES}/sets/${copy.id}/drafts`, { from: null, note: '' })
  await write('PUT', `${RULES}/versions/${draft.id}`, { model, note: '', revision: draft.revision })
  return copy.id
}

/** Keeps an input as a test case: what the model on the screen says of it now is what it must say from here on. */
export function useAddCase(setId: string, kind: string, model: RuleModel) {
  const { t } = useWording()
  const { message } = App.useApp()
  const client = useQueryClient()
  const fail = useProblemToast()
  return useMutation({
    mutationFn: async ({ name, input }: { readonly name: string; readonly input: RuleInputJson }) => {
      const { decision } = await write<{ decision: RuleDecisionJson }>('POST', `${RULES}/try`, {
        kind,
        model,
        input,
      })
      await write('POST', `${RULES}/sets/${setId}/cases`, { name, input, expected: expectedOf(decision) })
    },
    onError: fail,
    onSuccess: () => {
      void message.success(t('rules.case.added'))
      void client.invalidateQueries({ queryKey: ['rule-cases', setId] })
    },
  })
}

/** What a case expects where nobody said otherwise: the outcome, the values and the actions, without the nodes they came from. */
export function expectedOf(decision: RuleDecisionJson) {
  return {
    outcome: decision.outcome,
    values: decision.values,
    actions: decision.actions.map(({ action, params }) => ({ action, params })),
  }
}
