import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'

export function LookBackPage() {
  const { t } = useWording()
  return (
    <div className="hf-page hf-page-list">
      <PageHeader title={t('lookBack.title')} lead={t('lookBack.lead')} />
    </div>
  )
}
