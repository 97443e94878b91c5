// What the app's identity may do, and no more. In a module of its own because the names of assignments must be known
// before it runs, and the identity's object id is so only as a parameter.

@description('Object id of the app\'s identity.')
param principalId string

@description('Name of the storage account.')
param storageName string

@description('The queue.')
param queueName string

@description('Name of the vault of the app\'s own secrets.')
param settingsVaultName string

@description('Name of the vault of records and aliases.')
param recordsVaultName string

@description('Name of the Application Insights component.')
param insightsName string

@description('Whether the rights on the records are a role of its own; false: Key Vault Secrets Officer.')
param customRecordsRole bool

@description('Object id of whoever puts the secrets into the settings vault; empty: nobody.')
param operatorPrincipalId string

@description('What operatorPrincipalId is.')
@allowed(['User', 'Group', 'ServicePrincipal'])
param operatorPrincipalType string

// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
var roleIds = {
  storageBlobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  storageQueueDataContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  storageTableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
  keyVaultSecretsUser: '4633458b-17de-408a-b874-0445c86b69e6'
  keyVaultSecretsOfficer: 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'
}
var recordsRoleId = customRecordsRole ? guid(resourceGroup().id, 'iteration-branches-records') : roleIds.keyVaultSecretsOfficer

resource storage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: storageName

  resource queues 'queueServices' existing = {
    name: 'default'

    resource work 'queues' existing = {
      name: queueName
    }

    resource poison 'queues' existing = {
      name: '${queueName}-poison'
    }
  }
}

resource settingsVault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: settingsVaultName
}

resource recordsVault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: recordsVaultName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

// Secrets Officer may purge, back up and restore too. The name of a role is unique in the whole tenant.
resource recordsRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' = if (customRecordsRole) {
  name: guid(resourceGroup().id, 'iteration-branches-records')
  properties: {
    roleName: 'Iteration Branches Records (${uniqueString(resourceGroup().id)})'
    description: 'Read, list, set, update, delete and recover secrets; never purge, back up or restore one.'
    type: 'CustomRole'
    permissions: [
      {
        actions: []
        notActions: []
        dataActions: [
          'Microsoft.KeyVault/vaults/secrets/getSecret/action'
          'Microsoft.KeyVault/vaults/secrets/readMetadata/action'
          'Microsoft.KeyVault/vaults/secrets/setSecret/action'
          'Microsoft.KeyVault/vaults/secrets/update/action'
          'Microsoft.KeyVault/vaults/secrets/delete'
          'Microsoft.KeyVault/vaults/secrets/recover/action'
        ]
        notDataActions: []
      }
    ]
    assignableScopes: [resourceGroup().id]
  }
}

// The host's locks, timers and keys, the package, and the locks of the tracks.
resource blobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage.id, principalId, roleIds.storageBlobDataOwner)
  scope: storage
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.storageBlobDataOwner)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

// Contributor, not Reader with Message Processor: a message that failed is updated, which neither of these may.
resource workQueue 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage::queues::work.id, principalId, roleIds.storageQueueDataContributor)
  scope: storage::queues::work
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.storageQueueDataContributor)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource poisonQueue 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage::queues::poison.id, principalId, roleIds.storageQueueDataContributor)
  scope: storage::queues::poison
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.storageQueueDataContributor)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

// The host's diagnostic events, which the portal shows when a function does not start.
resource tables 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage.id, principalId, roleIds.storageTableDataContributor)
  scope: storage
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.storageTableDataContributor)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource telemetry 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, principalId, roleIds.monitoringMetricsPublisher)
  scope: insights
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.monitoringMetricsPublisher)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

// The platform resolves the references of the app settings as this identity.
resource settings 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(settingsVault.id, principalId, roleIds.keyVaultSecretsUser)
  scope: settingsVault
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.keyVaultSecretsUser)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource records 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(recordsVault.id, principalId, recordsRoleId)
  scope: recordsVault
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', recordsRoleId)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
  dependsOn: [recordsRole]
}

resource operator 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(operatorPrincipalId)) {
  name: guid(settingsVault.id, operatorPrincipalId, roleIds.keyVaultSecretsOfficer)
  scope: settingsVault
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.keyVaultSecretsOfficer)
    principalId: operatorPrincipalId
    principalType: operatorPrincipalType
  }
}
