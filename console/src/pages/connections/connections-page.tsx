import { ApiOutlined, PlusOutlined, SearchOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Button, Input, Skeleton } from 'antd'
import { useEffect } from 'react'
import { ROLES_OF_SYSTEMS } from '#/api/intake-types.ts'
import { useCan } from '#/api/session.ts'
import { connectionsQuery, useConnectors } from '#/api/systems.ts'
import type { Connection } from '#/api/types.ts'
import type { ConnectionsPlace } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { isTyping } from '#/parts/keyboard-help.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { PageHeader, TeachingEmpty } from '#/parts/small.tsx'
import '#/styles/intake.css'
import { AddConnection } from './add-connection.tsx'
import { ConnectionDrawer } from './connection-drawer.tsx'
import { ConnectionTable } from './connection-table.tsx'

/** Everything the hub is connected to: is it on, does it hear something, does it let everything in. */
export function ConnectionsPage() {
  const { t, word, pick } = useWording()
  const can = useCan()
  const search = useSearch({ from: '/shell/connections' })
  const navigate = useNavigate({ from: '/connections' })
  const change = (part: { [K in keyof ConnectionsPlace]?: ConnectionsPlace[K] | undefined }) => {
    void navigate({ search: (previous) => ({ ...previous, ...part }) as ConnectionsPlace, replace: true })
  }
  useSearchKey()
  const connectors = useConnectors()
  const { data, error, refetch } = useQuery({ ...connectionsQuery, refetchInterval: 10_000 })
  const wanted = (search.q ?? '').trim().toLowerCase()
  const matches = ({ name, kind }: Connection) => {
    const connector = connectors.find((one) => one.kind === kind)
    return [name, kind, connector ? pick(connector) : ''].some((text) => text.toLowerCase().includes(wanted))
  }
  const shown = (data ?? []).filter(matches)
  const add = can('connections:write') ? (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => change({ add: '1' })}>
      {t('connections.add')}
    </Button>
  ) : null
  return (
    <div className="hf-page">
      <PageHeader title={t('connections.title')} lead={t('connections.lead')}>
        {data && data.length > 0 ? (
          <>
            <span data-list-search="" className="hf-search">
              <Input
                allowClear
                prefix={<SearchOutlined aria-hidden="true" />}
                suffix={<kbd>/</kbd>}
                aria-label={t('connections.search')}
                placeholder={t('connections.search')}
                value={search.q ?? ''}
                onChange={(event) => change({ q: event.target.value || undefined })}
              />
            </span>
            {add}
          </>
        ) : null}
      </PageHeader>
      {error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton active paragraph={{ rows: 8 }} /> : null}
      {data?.length === 0 ? (
        <TeachingEmpty
          icon={<ApiOutlined />}
          title={t('connections.empty.title')}
          hint={t('connections.empty.hint')}
        >
          {add}
        </TeachingEmpty>
      ) : null}
      {data && data.length > 0 && shown.length === 0 ? (
        <TeachingEmpty title={t('list.emptyFiltered')} hint={t('list.emptyFilteredHint')}>
          <Button onClick={() => change({ q: undefined })}>{t('list.clearFilters')}</Button>
        </TeachingEmpty>
      ) : null}
      {[...ROLES_OF_SYSTEMS, 'unknown'].map((role) => (
        <ConnectionTable
          key={role}
          title={word('systemRole', role)}
          connections={shown.filter((one) => one.role === role)}
          connectors={connectors}
          openId={search.open}
          onOpen={(open) => change({ open })}
        />
      ))}
      {search.open ? <ConnectionDrawer id={search.open} onClose={() => change({ open: undefined })} /> : null}
      {search.add ? (
        <AddConnection
          kind={search.add === '1' ? undefined : search.add}
          onKind={(kind) => change({ add: kind ?? '1' })}
          onClose={() => change({ add: undefined })}
          onAdded={(open) => change({ add: undefined, open })}
        />
      ) : null}
    </div>
  )
}

/** `/` goes to the search here too, as on the lists. */
function useSearchKey(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== '/' || isTyping(event)) return
      event.preventDefault()
      document.querySelector<HTMLInputElement>('[data-list-search] input')?.focus()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}
