import { useMutation } from '@tanstack/react-query'
import { App, Button, Popconfirm } from 'antd'
import { write } from '#/api/client.ts'
import type { Mapping, Published } from '#/api/intake-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { Section } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { FullTime } from '#/parts/time-text.tsx'
import { RuleDiff } from './rule-diff.tsx'
import { diffRules, versionBefore } from './rules.ts'
import { type Scope, useRefreshMapping } from './use-mapping.ts'

/** What held before the first version: no rules of the scope's own. */
const DEFAULTS_VERSION = 0

/** What was live when, who made it so and why; any of them can be published again. */
export function VersionHistory({
  scope,
  mapping,
  fallback,
  canWrite,
}: {
  readonly scope: Scope
  readonly mapping: Mapping
  readonly fallback: (code: string) => string | null
  readonly canWrite: boolean
}) {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const refresh = useRefreshMapping()
  const rollBack = useMutation({
    mutationFn: (toVersion: number) =>
      write<Published>('POST', `/api/mapping/${encodeURIComponent(scope.kind)}/rollback`, {
        toVersion,
        connectionId: scope.connection ?? null,
      }),
    onError: fail,
    onSuccess: ({ version, replayed }) => {
      void message.success(t('draft.published', { version, replayed }))
      refresh()
    },
  })
  return (
    <Section title={t('history.title')}>
      {mapping.history.length === 0 ? <p className="hf-faint">{t('history.none')}</p> : null}
      <ol className="hf-history">
        {mapping.history.map((version) => {
          const changes = diffRules(
            versionBefore(version, mapping.history)?.rules ?? {},
            version.rules,
            fallback,
          )
          const live = version.state === 'live'
          return (
            <li key={version.id}>
              <div className="hf-history-head">
                <b className="hf-num">v{version.version}</b>
                <Tag tone={live ? 'good' : 'muted'}>{t(live ? 'history.live' : 'history.retired')}</Tag>
                <span>{version.note || <span className="hf-faint">{t('history.noNote')}</span>}</span>
                <span className="hf-faint hf-push">
                  {version.author} · <FullTime at={version.publishedAt ?? version.createdAt} />
                </span>
                {!live && canWrite ? (
                  <RollBack
                    confirm={t('history.rollbackConfirm', { n: version.version })}
                    onConfirm={() => rollBack.mutate(version.version)}
                  />
                ) : null}
              </div>
              <details>
                <summary>
                  {t('history.diff')} <span className="hf-num">{changes.length}</span>
                </summary>
                <RuleDiff changes={changes} defaults={mapping.defaults} />
              </details>
            </li>
          )
        })}
        {mapping.history.length === 0 ? null : (
          <li>
            <div className="hf-history-head">
              <b className="hf-num">v0</b>
              <Tag tone="muted">{t('history.retired')}</Tag>
              <span>{t(scope.connection ? 'history.kindRules' : 'history.defaults')}</span>
              {canWrite && Object.keys(mapping.live?.rules ?? {}).length > 0 ? (
                <span className="hf-push">
                  <RollBack
                    confirm={t('history.defaultsConfirm')}
                    onConfirm={() => rollBack.mutate(DEFAULTS_VERSION)}
                  />
                </span>
              ) : null}
            </div>
          </li>
        )}
      </ol>
    </Section>
  )
}

function RollBack({ confirm, onConfirm }: { readonly confirm: string; readonly onConfirm: () => void }) {
  const { t } = useWording()
  return (
    <Popconfirm
      title={confirm}
      okText={t('history.rollback')}
      cancelText={t('common.cancel')}
      onConfirm={onConfirm}
    >
      <Button>{t('history.rollback')}</Button>
    </Popconfirm>
  )
}
