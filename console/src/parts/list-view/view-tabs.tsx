import { CloseOutlined } from '@ant-design/icons'
import { Link } from '@tanstack/react-router'
import { Popconfirm } from 'antd'
import type { View } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'

type ViewTabsProps = {
  readonly views: readonly View[]
  readonly active: string | undefined
  readonly to: string
  readonly onDelete?: (view: View) => void
}

/** Saved views as links, a line per group, each with its count. Exceptions draw the eye only when there are any. */
export function ViewTabs({ views, active, to, onDelete }: ViewTabsProps) {
  const { t } = useWording()
  const groups = (['normal', 'abnormal', 'mine'] as const)
    .map((group) => ({ group, members: views.filter((view) => view.group === group) }))
    .filter(({ members }) => members.length > 0)
  return (
    <nav className="hf-views" aria-label={t('view.tabs')}>
      {groups.map(({ group, members }) => (
        <div key={group} className={`hf-views-row hf-views-${group}`}>
          <span className="hf-views-group">{t(`view.group.${group}`)}</span>
          <ul aria-label={t(`view.group.${group}`)}>
            {members.map((view) => (
              <li key={view.id}>
                <ViewTab view={view} active={view.id === active} to={to} />
                {group === 'mine' && onDelete ? <DeleteView view={view} onDelete={onDelete} /> : null}
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  )
}

function ViewTab({
  view,
  active,
  to,
}: {
  readonly view: View
  readonly active: boolean
  readonly to: string
}) {
  const { pick, count } = useWording()
  const urgent = view.group === 'abnormal' && view.count > 0
  return (
    <Link
      to={to}
      search={() => ({ view: view.id })}
      preload={false}
      className="hf-view"
      activeProps={{}}
      aria-current={active ? 'page' : undefined}
    >
      {pick(view)}
      <span className={`hf-view-count ${urgent ? 'hf-view-urgent' : ''}`}>
        {count(view.count)}
        {view.capped ? '+' : ''}
      </span>
    </Link>
  )
}

function DeleteView({ view, onDelete }: { readonly view: View; readonly onDelete: (view: View) => void }) {
  const { t, pick } = useWording()
  return (
    <Popconfirm
      title={t('view.delete', { name: pick(view) })}
      okText={t('common.delete')}
      cancelText={t('common.cancel')}
      onConfirm={() => onDelete(view)}
    >
      <button type="button" className="hf-view-delete" aria-label={t('view.delete', { name: pick(view) })}>
        <CloseOutlined />
      </button>
    </Popconfirm>
  )
}
