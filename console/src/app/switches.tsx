import { BulbOutlined, DesktopOutlined, MoonOutlined, SunOutlined } from '@ant-design/icons'
import { Button, Dropdown, type MenuProps } from 'antd'
import { useWording } from '#/i18n/language.tsx'
import { type ThemeChoice, useTheme } from '#/theme/theme.tsx'

export function LanguageSwitch() {
  const { language, setLanguage, t } = useWording()
  return (
    <Button
      type="text"
      className="hf-tool"
      aria-label={`${language === 'zh' ? 'EN' : '中文'} · ${t('shell.switchLanguage')}`}
      title={t('shell.switchLanguage')}
      onClick={() => setLanguage(language === 'zh' ? 'en' : 'zh')}
    >
      {language === 'zh' ? 'EN' : '中文'}
    </Button>
  )
}

const THEME_ICONS = { light: <SunOutlined />, dark: <MoonOutlined />, system: <DesktopOutlined /> } as const

export function ThemeSwitch() {
  const { t } = useWording()
  const { choice, setChoice } = useTheme()
  const items: MenuProps['items'] = (['light', 'dark', 'system'] as const).map((one) => ({
    key: one,
    icon: THEME_ICONS[one],
    label: t(`theme.${one}`),
  }))
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items,
        selectable: true,
        selectedKeys: [choice],
        onClick: ({ key }) => setChoice(key as ThemeChoice),
      }}
    >
      <Button
        type="text"
        className="hf-tool"
        icon={<BulbOutlined />}
        aria-label={t('shell.theme')}
        title={t('shell.theme')}
      />
    </Dropdown>
  )
}
