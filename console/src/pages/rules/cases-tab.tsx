import { CheckCircleOutlined, CloseCircleOutlined, ProfileOutlined } from '@ant-design/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Popconfirm, Skeleton, Space } from 'antd'
import { useState } from 'react'
import { write } from '#/api/client.ts'
import type { CaseExpected, CaseRun, RuleCase, RuleKind, RuleSet, VersionBrief } from '#/api/rule-types.ts'
import { RULES } from '#/api/rules.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { namedValues } from '#/parts/rule-words.ts'
import { Section, TeachingEmpty } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { BoundaryDialog } from './boundary-dialog.tsx'
import { CaseDialog } from './case-dialog.tsx'
import { expectedOf } from './draft-editor.tsx'
import { useCases, useRefreshSet } from './rule-queries.ts'

type Dialog = { readonly is: 'edit'; readonly row: RuleCase | null } | { readonly is: 'boundaries' } | null

/** Test cases of the set: what must come of which input. They run with every save, and all must hold before a release. */
export function CasesTab({ set, kind }: { readonly set: RuleSet; readonly kind: RuleKind }) {
  const { t } = useWording()
  const can = useCan()('rules:write')
  const cases = useCases(set.id)
  const [dialog, setDialog] = useState<Dialog>(null)
  const version = set.draft ?? set.gray ?? set.live
  const run = useCaseRun(set.id, version)
  if (cases.error && !cases.data)
    return <ProblemNotice error={cases.error} onRetry={() => void cases.refetch()} />
  if (!cases.data) return <Skeleton active paragraph={{ rows: 6 }} />
  const rows = cases.data.items
  const results = new Map((run.data ?? []).map((one) => [one.id, one]))
  const failed = (run.data ?? []).filter((one) => !one.passed).length
  return (
    <Section
      title={
        <>
          {t('rules.tab.cases')} <span className="hf-faint hf-num">{rows.length}</span>
        </>
      }
      extra={
        <Space>
          {run.data && rows.length > 0 ? (
            <Tag tone={failed > 0 ? 'bad' : 'good'} dot>
              {failed > 0 ? t('rules.casesFailed', { n: failed }) : t('rules.casesPassed')}
            </Tag>
          ) : null}
          {version ? (
            <Button loading={run.isFetching} disabled={rows.length === 0} onClick={() => void run.refetch()}>
              {t('rules.runWith', { n: version.number })}
            </Button>
          ) : null}
          {can ? (
            <>
              <Button disabled={!version} onClick={() => setDialog({ is: 'boundaries' })}>
                {t('rules.offer')}
              </Button>
              <Button type="primary" onClick={() => setDialog({ is: 'edit', row: null })}>
                {t('rules.case.add')}
              </Button>
            </>
          ) : null}
        </Space>
      }
    >
      {run.error ? <ProblemNotice error={run.error} onRetry={() => void run.refetch()} /> : null}
      {rows.length === 0 ? (
        <TeachingEmpty
          icon={<ProfileOutlined />}
          title={t('rules.noCases.title')}
          hint={t('rules.noCases.hint')}
        />
      ) : (
        <CaseTable
          set={set}
          kind={kind}
          rows={rows}
          results={results}
          onEdit={can ? (row) => setDialog({ is: 'edit', row }) : undefined}
        />
      )}
      {dialog?.is === 'edit' ? (
        <CaseDialog
          set={set}
          kind={kind}
          row={dialog.row}
          version={version}
          onClose={() => setDialog(null)}
        />
      ) : null}
      {dialog?.is === 'boundaries' ? (
        <BoundaryDialog set={set} kind={kind} onClose={() => setDialog(null)} />
      ) : null}
    </Section>
  )
}

/** Every case against the version that is worked on, run when the tab is opened and whenever version or cases change. */
function useCaseRun(setId: string, version: VersionBrief | null) {
  const cases = useCases(setId)
  const content = cases.data?.items.map((one) => `${one.id}${one.updatedAt}`).join()
  return useQuery({
    queryKey: ['rule-case-results', version?.id ?? null, version?.hash ?? null, content ?? null],
    queryFn: async () =>
      (await write<{ cases: readonly CaseRun[] }>('POST', `${RULES}/cases/run`, { versionId: version?.id }))
        .cases,
    enabled: version !== null && content !== undefined && content !== '',
    placeholderData: (old) => old,
    refetchOnWindowFocus: false,
  })
}

function CaseTable({
  set,
  kind,
  rows,
  results,
  onEdit,
}: {
  readonly set: RuleSet
  readonly kind: RuleKind
  readonly rows: readonly RuleCase[]
  readonly results: ReadonlyMap<string, CaseRun>
  readonly onEdit: ((row: RuleCase) => void) | undefined
}) {
  const { t, word, pick } = useWording()
  const drop = useCaseChange<string>(set.id, t('rules.case.dropped'), (id) =>
    write('DELETE', `${RULES}/cases/${id}`),
  )
  const take = useCaseChange<CaseRun>(set.id, t('common.saved'), ({ id, got }) =>
    write('PUT', `${RULES}/cases/${id}`, { expected: expectedOf(got) }),
  )
  return (
    <div className="hf-scroll-x">
      <table className="hf-plain-table" aria-label={t('rules.tab.cases')}>
        <thead>
          <tr>
            <th>{t('rules.case.result')}</th>
            <th>{t('common.name')}</th>
            <th>{t('rules.case.expects')}</th>
            <th>{t('rules.case.origin')}</th>
            <th />
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const result = results.get(row.id)
            return (
              <tr key={row.id}>
                <td>
                  {result ? (
                    <Tag tone={result.passed ? 'good' : 'bad'}>
                      {result.passed ? (
                        <CheckCircleOutlined aria-hidden="true" />
                      ) : (
                        <CloseCircleOutlined aria-hidden="true" />
                      )}
                      {t(result.passed ? 'rules.case.passed' : 'rules.case.failed')}
                    </Tag>
                  ) : (
                    <span className="hf-faint">–</span>
                  )}
                </td>
                <td>
                  {row.name}
                  {result && !result.passed ? (
                    <div className="hf-before hf-case-difference">
                      {result.difference ? pick(result.difference) : t('rules.case.differs')}
                    </div>
                  ) : null}
                </td>
                <td>
                  <ExpectedText expected={row.expected} kind={kind} currency={row.input.currency} />
                </td>
                <td className="hf-faint">{word('ruleCaseOrigin', row.origin)}</td>
                <td className="hf-right">
                  {onEdit ? (
                    <Space size={4}>
                      {result && !result.passed ? (
                        <Popconfirm
                          title={t('rules.case.takeConfirm')}
                          okText={t('rules.case.take')}
                          cancelText={t('common.cancel')}
                          onConfirm={() => take.mutate(result)}
                        >
                          <Button size="small">{t('rules.case.take')}</Button>
                        </Popconfirm>
                      ) : null}
                      <Button size="small" onClick={() => onEdit(row)}>
                        {t('common.edit')}
                      </Button>
                      <Popconfirm
                        title={t('rules.case.dropConfirm', { name: row.name })}
                        okText={t('common.delete')}
                        cancelText={t('common.cancel')}
                        onConfirm={() => drop.mutate(row.id)}
                      >
                        <Button size="small" type="text" danger>
                          {t('common.delete')}
                        </Button>
                      </Popconfirm>
                    </Space>
                  ) : null}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

export function ExpectedText({
  expected,
  kind,
  currency,
}: {
  readonly expected: CaseExpected
  readonly kind: RuleKind
  readonly currency: string
}) {
  const wording = useWording()
  const { word, pick } = wording
  const values = namedValues(expected.values ?? {}, kind.values, currency, wording)
  const actions = (expected.actions ?? []).map((one) => {
    const known = kind.actions.find((action) => action.name === one.action)
    const params = (known?.params ?? []).flatMap((param) =>
      param.type === 'lines' ? [] : [{ ...param, type: param.type }],
    )
    const said = namedValues(one.params, params, currency, wording).map(({ text }) => text)
    return `${known ? pick(known.label) : one.action} ${said.join(' ')}`
  })
  return (
    <span>
      <Tag tone={expected.outcome === 'decided' ? 'good' : 'wait'}>
        {word('ruleOutcome', expected.outcome)}
      </Tag>{' '}
      {values.map((one) => `${one.label} ${one.text}`).join('，')}
      {values.length > 0 && actions.length > 0 ? '，' : null}
      {actions.join('，')}
    </span>
  )
}

function useCaseChange<What>(setId: string, done: string, change: (what: What) => Promise<unknown>) {
  const fail = useProblemToast()
  const { message } = App.useApp()
  const refresh = useRefreshSet(setId)
  const client = useQueryClient()
  return useMutation({
    mutationFn: change,
    onError: fail,
    onSettled: () => {
      refresh()
      void client.invalidateQueries({ queryKey: ['rule-case-results'] })
    },
    onSuccess: () => void message.success(done),
  })
}
