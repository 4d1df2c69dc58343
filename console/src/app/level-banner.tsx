import { WarningFilled } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { levelQuery } from '#/api/emergency.ts'
import { useWording } from '#/i18n/language.tsx'

/** Said above every page while the local disk stands in for the database, and until it is merged. */
export function LevelBanner() {
  const { t } = useWording()
  const { data } = useQuery(levelQuery)
  if (!data || (data.level === 0 && data.spool.records === 0)) return null
  const n = data.spool.records
  const text =
    data.level === 0
      ? t('emergency.bannerMerging', { n })
      : data.spool.usable
        ? t('emergency.banner', { n })
        : t('emergency.bannerDown')
  return (
    <aside className={`hf-level ${data.level === 1 ? 'hf-level-bad' : ''}`} role="status">
      <WarningFilled aria-hidden="true" /> {text} <Link to="/emergency">{t('emergency.open')}</Link>
    </aside>
  )
}
