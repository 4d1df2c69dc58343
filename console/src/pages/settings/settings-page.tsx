import { useNavigate, useSearch } from '@tanstack/react-router'
import { Tabs } from 'antd'
import { useCan, useConfined } from '#/api/session.ts'
import type { SettingsTab } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'
import { AuditSection } from './audit-section.tsx'
import { FreightSection } from './freight-section.tsx'
import { HubSection } from './hub-section.tsx'
import { KeysSection } from './keys-section.tsx'
import { ProfileSection } from './profile-section.tsx'
import { UsersSection } from './users-section.tsx'

const SECTIONS = {
  profile: { body: <ProfileSection />, adminOnly: false },
  users: { body: <UsersSection />, adminOnly: true },
  keys: { body: <KeysSection />, adminOnly: true },
  hub: { body: <HubSection />, adminOnly: false },
  freight: { body: <FreightSection />, adminOnly: false },
  audit: { body: <AuditSection />, adminOnly: true },
} as const

export function SettingsPage() {
  const { t } = useWording()
  const can = useCan()
  const confined = useConfined()
  const { tab = 'profile' } = useSearch({ from: '/shell/settings' })
  const navigate = useNavigate({ from: '/settings' })
  const shown = (Object.keys(SECTIONS) as SettingsTab[]).filter(
    (key) =>
      (!SECTIONS[key].adminOnly || can('admin')) &&
      (key !== 'freight' || can('rules:read')) &&
      (!confined || key === 'profile'),
  )
  return (
    <div className="hf-page hf-page-narrow">
      <PageHeader title={t('settings.title')} />
      <Tabs
        activeKey={tab}
        aria-label={t('settings.sections')}
        onChange={(key) => void navigate({ search: { tab: key as SettingsTab } })}
        destroyOnHidden
        items={shown.map((key) => ({ key, label: t(`settings.tab.${key}`), children: SECTIONS[key].body }))}
      />
    </div>
  )
}
