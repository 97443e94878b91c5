// The right to have sites of this resource group fetch their Key Vault references again (RefreshSites).

@description('Object id of the app\'s identity.')
param principalId string

@description('Names of the sites.')
param siteNames array

var websiteContributor = 'de139f84-1756-47ae-9be6-808fbbe84772'

resource sites 'Microsoft.Web/sites@2025-03-01' existing = [for siteName in siteNames: {
  name: siteName
}]

resource contributors 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (siteName, i) in siteNames: {
  name: guid(resourceGroup().id, siteName, principalId, websiteContributor)
  scope: sites[i]
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', websiteContributor)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}]
